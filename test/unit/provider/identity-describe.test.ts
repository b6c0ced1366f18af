import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { Provider, type ProviderFailure, type ProviderSettings } from '../../../lib/provider/index.js';
import { drip, halfBody, hang, json, notJson, overloaded, redirect, status } from '../../support/faults.js';
import { sign, signingKey, type Header, type SigningKey } from '../../support/keys.js';
import { startStubProvider, type StubHandler, type StubProvider } from '../../support/stub-provider.js';
import { providerSettings } from './settings.js';

const known = { sub: 'stub-user' };

let stub: StubProvider;
let stranger: SigningKey;
beforeAll(async () => {
  stub = await startStubProvider({ metadata: { userinfo_signing_alg_values_supported: ['RS256', 'HS256'] } });
  stranger = await signingKey();
});
let told: ProviderFailure[];
beforeEach(() => {
  told = [];
});
afterEach(() => {
  stub.restore();
  stub.requests.length = 0;
});
afterAll(() => stub.close());

const identity = (others: Partial<ProviderSettings> = {}) =>
  new Provider(providerSettings(stub, others), (failure) => told.push(failure)).identity;
const described = async (accessToken: string, others: Partial<ProviderSettings> = {}): Promise<unknown> =>
  identity(others)
    .describe(accessToken, known)
    .catch((error: unknown) => error);

describe('the access token', () => {
  it('says of the user what it says', async () => {
    const token = await stub.accessToken({ realm_access: { roles: ['admin'] }, resource_access: { other: {} } });
    expect(await described(token)).toMatchObject({
      accessToken: { sub: 'stub-user', realm_access: { roles: ['admin'] }, resource_access: { other: {} } },
    });
    expect(told).toEqual([]);
  });

  it('comes with claims as they are, and no roles of ours', async () => {
    expect(await described(await stub.accessToken({ groups: ['g'] }))).not.toHaveProperty('accessToken.roles');
  });

  it.each<[string, () => Promise<string>, string]>([
    ['opaque', () => Promise.resolve('9f3c-opaque-token'), 'token_malformed'],
    ['for another API', () => stub.accessToken({ aud: 'another-api' }), 'audience_mismatch'],
    ['of an unknown key', () => stub.accessToken({}, {}, stranger), 'key_unknown'],
    [
      'of another key under a known name',
      () => stub.accessToken({}, { kid: stub.key.kid }, stranger),
      'signature_invalid',
    ],
    ['of another issuer', () => stub.accessToken({ iss: 'https://evil.example.org' }), 'issuer_unknown'],
    ['expired', () => stub.accessToken({ exp: 1 }), 'expired'],
    ['an ID token', () => stub.idToken({ aud: 'my-api', nonce: 'n' }), 'not_an_access_token'],
    ['of another type', () => stub.accessToken({}, { typ: 'logout+jwt' }), 'token_type'],
  ])('that is %s says nothing, and is no error but told', async (_, token, reason) => {
    const value = await token();
    expect(await described(value)).toMatchObject({ accessToken: undefined, userinfo: { sub: 'stub-user' } });
    expect(told).toEqual([{ what: 'access token', reason, message: expect.stringContaining('audience') }]);
    expect(inspect(told)).not.toContain(value);
  });

  it('is for any audience where configuration names none', async () => {
    const token = await stub.accessToken({ aud: 'another-api', groups: ['g'] });
    expect(await described(token, { audience: undefined })).toMatchObject({ accessToken: { groups: ['g'] } });
  });

  it('that says nothing is told once, until one says something again', async () => {
    const own = identity();
    for (const token of ['opaque-1', 'opaque-2', await stub.accessToken({ exp: 1 }), 'opaque-3']) {
      await own.describe(token, known);
    }
    await own.describe(await stub.accessToken(), known);
    await own.describe('opaque-4', known);
    expect(told.map(({ reason }) => reason)).toEqual([
      'token_malformed',
      'expired',
      'token_malformed',
      'token_malformed',
    ]);
  });

  it('is not passed over while the keys cannot be had', async () => {
    stub.on('jwks', status(500));
    expect(await described(await stub.accessToken())).toMatchObject({ status: 503 });
    expect(told.map(({ what }) => what)).toEqual(['keys']);
  });
});

describe('userinfo', () => {
  const userinfo = async (answer: StubHandler, others: Partial<ProviderSettings> = {}): Promise<unknown> => {
    stub.on('userinfo', answer);
    return described(await stub.accessToken(), others);
  };
  const unusable = expect.objectContaining({ status: 502, reason: 'provider_answer_invalid' });
  const signed = async (claims: JWTPayload, header: Header = {}, key = stub.key): Promise<StubHandler> => {
    const token = await sign(key, claims, header);
    return (_, response) =>
      void response.writeHead(200, { 'content-type': 'application/jwt; charset=utf-8' }).end(token);
  };

  it('is asked for with the access token, and handed on as it is', async () => {
    const claims = { sub: 'stub-user', groups: ['g'], address: { locality: 'London' } };
    const token = await stub.accessToken();
    stub.on('userinfo', json(claims));
    expect(await described(token)).toMatchObject({ userinfo: claims });
    expect(stub.requestsTo('userinfo').map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`]);
  });

  it('that speaks of another user is used for nothing', async () => {
    expect(await userinfo(json({ sub: 'somebody-else', groups: ['admins'] }))).toEqual(unusable);
  });

  it.each<[string, StubHandler]>([
    ['without subject', json({ preferred_username: 'stub' })],
    ['with a subject that is no text', json({ sub: 1 })],
    ['that is a list', json(['stub-user'])],
    ['that is a page', notJson],
    ['with a status of its own', json({ sub: 'stub-user' }, 201)],
    ['that objects to the request', status(400, { 'www-authenticate': 'Bearer error="invalid_request"' })],
  ])('%s is a fault of the provider', async (_, answer) => {
    expect(await userinfo(answer)).toEqual(unusable);
  });

  it.each<[string, StubHandler]>([
    ['401', status(401)],
    ['401 with a challenge', status(401, { 'www-authenticate': 'Bearer error="invalid_token"' })],
    ['403', json({ error: 'insufficient_scope' }, 403)],
    ['403 with a challenge', status(403, { 'www-authenticate': 'Bearer error="insufficient_scope"' })],
    ['404', notFound()],
  ])('that is answered with %s is not there', async (_, answer) => {
    expect(await userinfo(answer)).toMatchObject({ accessToken: { sub: 'stub-user' }, userinfo: undefined });
  });

  it.each<[string, StubHandler]>([
    ['500', status(500)],
    ['502', status(502)],
    ['503', overloaded(7, 503)],
    ['429', overloaded(7)],
    ['half of it', halfBody],
    ['silence', hang],
    ['a drip', drip],
  ])('that is answered with %s is not available', async (_, answer) => {
    expect(await userinfo(answer, { timeout: 1_000 })).toMatchObject({ status: 503 });
  });

  it('that leads elsewhere is a fault, and nobody follows', async () => {
    expect(await userinfo(redirect('http://127.0.0.1:9/'))).toEqual(unusable);
  });

  it('is not asked for where there is no endpoint', async () => {
    const { userinfo_endpoint, ...others } = stub.metadata;
    stub.on('discovery', () => others);
    expect(userinfo_endpoint).toBeDefined();
    expect(await described(await stub.accessToken())).toMatchObject({ userinfo: undefined });
    expect(stub.calls('userinfo')).toBe(0);
  });

  it('may be signed by the provider', async () => {
    const claims = { sub: 'stub-user', groups: ['g'], iss: stub.issuer, aud: 'my-client' };
    expect(await userinfo(await signed(claims))).toMatchObject({ userinfo: claims });
  });

  it.each<[string, JWTPayload, Header, () => SigningKey]>([
    ['by another key under the name of a known one', {}, { kid: 'known' }, () => stranger],
    ['by an unknown key', {}, {}, () => stranger],
    ['by another issuer', { iss: 'https://evil.example.org' }, {}, () => stub.key],
    ['for another client', { aud: 'another-client' }, {}, () => stub.key],
    ['for another user', { sub: 'somebody-else' }, {}, () => stub.key],
  ])('that is signed %s is used for nothing', async (_, claims, header, key) => {
    const kid = header.kid === 'known' ? { kid: stub.key.kid } : header;
    const answer = await signed({ sub: 'stub-user', iss: stub.issuer, aud: 'my-client', ...claims }, kid, key());
    expect(await userinfo(answer)).toEqual(unusable);
  });

  it('that is signed is not available while the keys cannot be had', async () => {
    const answer = await signed({ sub: 'stub-user' });
    stub.on('jwks', status(500));
    stub.on('userinfo', answer);
    expect(await described('opaque')).toMatchObject({ status: 503 });
  });

  it('that nobody signed is used for nothing, whatever the metadata allow', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'HS256']) {
      const token = `${part({ alg })}.${part({ sub: 'stub-user' })}.${alg === 'none' ? '' : 'c2ln'}`;
      const answer: StubHandler = (_, response) =>
        void response.writeHead(200, { 'content-type': 'application/jwt' }).end(token);
      expect(await userinfo(answer)).toEqual(unusable);
    }
  });
});

function notFound(): StubHandler {
  return (_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Nothing here</h1>');
}
