import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { bootBroker, type BrokerApp } from '../broker/e2e/support/broker-app.js';
import { expectOpen, expectShut } from '../broker/e2e/support/expect-doors.js';
import { logoutToken } from '../broker/e2e/support/logout-tokens.js';
import { sessionAt } from '../broker/e2e/support/stub-logins.js';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey, type Header } from '../support/keys.js';
import { clients } from '../support/provider.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { hmacSigned, withSignature } from './support/forge.js';
import { altered } from './support/tokens.js';
import { badRequest, expectRefused, type Refusal } from './support/target.js';

const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
const evil = await signingKey('RS256', 'evil');
const now = () => Math.floor(Date.now() / 1000);

const invalid = badRequest('subject_token_invalid');
const notAllowed = badRequest('subject_token_not_allowed');
const foreignTarget: Refusal = { status: 400, error: 'invalid_target', reason: 'target_not_allowed' };
const moreScope: Refusal = { status: 400, error: 'invalid_scope', reason: 'scope_missing' };
const unsupported: Refusal = { status: 400, error: 'unsupported_grant_type', reason: 'unsupported_grant_type' };

let stub: StubProvider;
let elsewhere: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
  elsewhere = await startStubProvider();
});
afterAll(async () => {
  await stub.close();
  await elsewhere.close();
});

const subject = (claims: JWTPayload = {}, header: Header = {}) =>
  stub.accessToken({ azp: 'spa', scope: 'openid read', ...claims }, header);

describe.each(adapters)('token exchange on %s refuses', (adapter) => {
  let app: BrokerApp;
  beforeAll(async () => {
    const exchange = { clients: ['spa'], audiences: ['own-api', 'https://reports.example.org'] };
    app = await bootBroker(adapter, stub, { broker: { exchange } });
  });
  afterAll(() => app.close());

  const exchange = (token: string, form: Record<string, string> = {}) =>
    app.client.post('/auth/v2/token', { grant_type, subject_token: token, ...form });
  const refuses = (token: string, refusal: Refusal, form: Record<string, string> = {}) =>
    expectRefused(app.told, () => exchange(token, form), refusal);
  /** A genuine subject token is exchanged, and what comes of it gets in. */
  const admits = async (token: string, form: Record<string, string> = {}) => {
    const { status, json } = await exchange(token, form);
    expect({ status, error: json.error }).toEqual({ status: 200, error: undefined });
    return claimsOf(String(json.access_token));
  };
  beforeEach(async () => {
    const { json } = await exchange(await subject());
    await expectOpen(app, String(json.access_token));
  });

  it.each<[name: string, claims: JWTPayload, refusal: Refusal]>([
    ['for another audience', { aud: 'another-api' }, invalid],
    ['for our own audience', { aud: 'own-api' }, invalid],
    ['for the client alone, without scope', { aud: 'my-client', scope: undefined }, invalid],
    ['for nobody', { aud: undefined }, invalid],
    ['of another client', { azp: 'another' }, notAllowed],
    ['of this client, which is not on the list', { azp: 'my-client' }, notAllowed],
    ['of another client, whose client_id is on the list', { azp: 'another', client_id: 'spa' }, notAllowed],
    ['of no client', { azp: undefined }, notAllowed],
    ['whose client is a list', { azp: ['spa'] }, notAllowed],
    ['of another issuer', { iss: 'https://elsewhere.example.org' }, invalid],
    ['that has expired', { iat: now() - 600, exp: now() - 300 }, invalid],
    ['without exp', { exp: undefined }, invalid],
    ['not valid yet', { nbf: now() + 600 }, invalid],
    ['issued tomorrow', { iat: now() + 86_400, exp: now() + 90_000 }, invalid],
    ['that is an ID token by its nonce', { nonce: 'n' }, invalid],
    ['that is an ID token by at_hash', { at_hash: 'x' }, invalid],
    ['that calls itself an ID token', { typ: 'ID' }, invalid],
    ['that calls itself a refresh token', { typ: 'Refresh' }, invalid],
    ['with may_act', { may_act: { sub: 'admin' } }, invalid],
    ['with act', { act: { sub: 'admin' } }, invalid],
    ['with may_act that is null', { may_act: null }, invalid],
    ['that is bound to a key by DPoP', { cnf: { jkt: 'x' } }, invalid],
    ['that is bound to a certificate', { cnf: { 'x5t#S256': 'x' } }, invalid],
    ['without subject', { sub: undefined }, invalid],
  ])('a subject token %s', async (_, claims, refusal) => {
    await refuses(await subject(claims), refusal);
  });

  it('a token whose signature proves nothing', async () => {
    const genuine = await subject();
    const claims = claimsOf(genuine);
    const { kid } = stub.key;
    await refuses(withSignature({ alg: 'none', typ: 'at+jwt', kid }, claims), invalid);
    await refuses(
      hmacSigned(JSON.stringify(stub.key.publicJwk), { alg: 'HS256', typ: 'at+jwt', kid }, claims),
      invalid,
    );
    await refuses(altered(genuine, { claims: { sub: 'admin' } }), invalid);
    await refuses(await stub.accessToken({ ...claims }, { jwk: evil.publicJwk }, evil), invalid);
    await refuses(await stub.accessToken({ ...claims }, { kid }, evil), invalid);
    await refuses(await elsewhere.accessToken({ azp: 'spa' }), invalid);
    for (const garbage of ['garbage', 'a.b.c', '..', 'null']) await refuses(garbage, invalid);
  });

  it('other kinds of tokens: ID, logout, refresh, and our own', async () => {
    const { access, refresh } = await sessionAt(app, stub, { others: { refresh_token: 'the-token-of-the-provider' } });
    const { json } = await exchange(await subject());
    const others = [
      await stub.idToken(),
      await stub.idToken({ aud: ['my-client', 'my-api'], azp: 'spa' }),
      await logoutToken(stub, { aud: 'my-api', azp: 'spa', sub: 'stub-user' }),
      'the-token-of-the-provider',
      refresh,
      access,
      String(json.access_token),
    ];
    for (const token of others) await refuses(token, invalid);
    await expectOpen(app, access);
  });

  it('actor tokens, and types of tokens that are none', async () => {
    const token = await subject();
    const parameter = badRequest('invalid_parameter');
    await refuses(token, parameter, { actor_token: token });
    await refuses(token, parameter, { actor_token: 'x', actor_token_type: 'urn:ietf:params:oauth:token-type:jwt' });
    await refuses(token, parameter, { actor_token_type: 'urn:ietf:params:oauth:token-type:jwt' });
    for (const type of ['id_token', 'refresh_token', 'saml2']) {
      await refuses(token, parameter, { subject_token_type: `urn:ietf:params:oauth:token-type:${type}` });
      await refuses(token, parameter, { requested_token_type: `urn:ietf:params:oauth:token-type:${type}` });
    }
  });

  it('audiences and resources that are not on the list', async () => {
    const token = await subject();
    for (const audience of ['my-api', 'my-client', 'OWN-API', 'own-api ', 'https://evil.example.org', '*']) {
      await refuses(token, foreignTarget, { audience });
      await refuses(token, foreignTarget, { resource: audience });
    }
    await refuses(token, foreignTarget, { audience: 'own-api', resource: 'https://evil.example.org' });
    await refuses(token, foreignTarget, { audience: 'own-api', resource: 'https://reports.example.org' });
    expect(await admits(token, { audience: 'https://reports.example.org' })).toMatchObject({
      aud: 'https://reports.example.org',
    });
  });

  it('a token for another audience than ours at our own doors', async () => {
    const { json } = await exchange(await subject(), { resource: 'https://reports.example.org' });
    await expectShut(app, String(json.access_token), 'audience_mismatch');
  });

  it('more scope than the subject token has', async () => {
    const token = await subject();
    for (const scope of ['admin', 'read admin', 'read write', 'READ', 'read:all', 'openid read offline_access']) {
      await refuses(token, moreScope, { scope });
    }
    await refuses(await subject({ scope: undefined }), moreScope, { scope: 'read' });
    expect(await admits(token, { scope: 'read' })).toMatchObject({ scope: 'read' });
    expect(await admits(await subject({ scope: undefined }))).not.toHaveProperty('scope');
  });

  it('a longer life than the subject token has, and a session', async () => {
    const exp = now() + 60;
    const { status, json } = await exchange(await subject({ exp, sid: 'a-session' }), {
      expires_in: '86400',
      requested_expires_in: '86400',
    });
    const claims = claimsOf(String(json.access_token));
    expect(status).toBe(200);
    expect(claims.exp).toBeLessThanOrEqual(exp);
    expect(claims).not.toHaveProperty('sid');
    expect(json).not.toHaveProperty('refresh_token');
  });

  it('to take over what names a token: issuer, audience and jti are ours', async () => {
    const claims = await admits(await subject({ client_id: 'spa', jti: 'theirs' }));
    expect(claims).toMatchObject({ client_id: 'spa', iss: app.url, aud: 'own-api', sub: 'stub-user' });
    expect(claims.jti).not.toBe('theirs');
  });

  it('everything, where nobody has configured it or the policy says no', async () => {
    const options: Partial<BrokerOptions>[] = [
      {},
      { exchange: { clients: ['spa'], policy: () => false } },
      { exchange: { clients: [clients.basic.clientId] } },
    ];
    const refusals = [unsupported, notAllowed, notAllowed];
    for (const [index, broker] of options.entries()) {
      const other = await bootBroker(adapter, stub, { broker });
      const form = { grant_type, subject_token: await subject() };
      await expectRefused(other.told, () => other.client.post('/auth/v2/token', form), refusals[index] ?? unsupported);
      await expectOpen(other, (await sessionAt(other, stub)).access);
      await other.close();
    }
  });
});
