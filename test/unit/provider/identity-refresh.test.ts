import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import type { IdentityProvider } from '../../../lib/broker/index.js';
import { Provider, type ProviderSettings } from '../../../lib/provider/index.js';
import { halfBody, hang, json, notJson, overloaded, redirect, status } from '../../support/faults.js';
import { signingKey } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { providerSettings } from './settings.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => {
  stub.restore();
  stub.requests.length = 0;
});
afterAll(() => stub.close());

const provider = (others: Partial<ProviderSettings> = {}) =>
  new Provider(providerSettings(stub, others), () => undefined);
const identity = (others: Partial<ProviderSettings> = {}): IdentityProvider => provider(others).identity;
const refreshed = (others: Partial<ProviderSettings> = {}): Promise<unknown> =>
  identity(others)
    .refresh('rt-1')
    .catch((error: unknown) => error);
const fault = (reason: string) => expect.objectContaining({ status: 502, reason });

describe('a refresh on behalf of the application', () => {
  it('is one request with the token and the client, after metadata and keys are at hand', async () => {
    await identity().refresh('rt-1');
    expect(stub.requests.map(({ endpoint }) => endpoint)).toEqual(['discovery', 'jwks', 'token']);
    expect(Object.fromEntries(stub.requests[2]?.form ?? [])).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'rt-1',
      client_id: 'my-client',
      client_secret: 'the secret of my client is long enough',
    });
  });

  it('gives what the provider granted', async () => {
    const idToken = await stub.idToken();
    stub.on('token', () => ({
      access_token: 'opaque',
      token_type: 'Bearer',
      expires_in: 60,
      refresh_token: 'rt-2',
      refresh_expires_in: 1_800,
      id_token: idToken,
      scope: 'openid read',
    }));
    expect(await refreshed()).toEqual({
      accessToken: 'opaque',
      expiresIn: 60,
      refreshToken: 'rt-2',
      refreshLifetime: 1_800,
      idToken,
      scope: 'openid read',
    });
  });

  it('makes nothing up that the provider leaves out', async () => {
    stub.on('token', () => ({ access_token: 'opaque', token_type: 'bearer', expires_in: 60 }));
    expect(await refreshed()).toEqual({
      accessToken: 'opaque',
      expiresIn: 60,
      refreshToken: undefined,
      refreshLifetime: undefined,
      idToken: undefined,
      scope: undefined,
    });
  });

  it.each<[string, JWTPayload]>([
    ['for somebody else', { aud: 'another-client' }],
    ['of another issuer', { iss: 'https://evil.example.org' }],
    ['that has expired', { exp: 1 }],
    ['without a subject', { sub: undefined }],
  ])('is not lost for an ID token %s, which is handed out unproven', async (_, claims) => {
    const idToken = await stub.idToken(claims);
    stub.on('token', async () => ({ ...(await stub.tokens()), refresh_token: 'rt-2', id_token: idToken }));
    expect(await refreshed()).toMatchObject({ refreshToken: 'rt-2', idToken });
  });

  it.each(['garbage', '', 'a.b.c', '..'])('is not lost for %j in the place of an ID token', async (idToken) => {
    stub.on('token', async () => ({ ...(await stub.tokens()), refresh_token: 'rt-2', id_token: idToken }));
    expect(await refreshed()).toMatchObject({ refreshToken: 'rt-2', idToken });
  });

  it('is refused as the provider refuses it', async () => {
    stub.on('token', json({ error: 'invalid_grant', error_description: 'rt-1 is over' }, 400));
    const error = await refreshed();
    expect(error).toMatchObject({ error: 'invalid_grant', reason: 'grant_refused', status: 400 });
    expect(String(error)).not.toContain('rt-1');
  });

  it.each(['invalid_client', 'unauthorized_client'])('that finds this application refused: %s', async (error) => {
    stub.on('token', json({ error }, 401));
    expect(await refreshed()).toEqual(fault('provider_refuses_client'));
  });

  it.each<[string, object]>([
    ['without access token', { access_token: undefined }],
    ['of another type', { token_type: 'DPoP' }],
    ['with an unprintable token', { access_token: 'a\nb' }],
    ['with an unprintable refresh token', { refresh_token: 'a b' }],
    ['with a refresh token that is no text', { refresh_token: 1 }],
    ['with an ID token that is no text', { id_token: { a: 1 } }],
  ])('whose answer is %s is a fault of the provider', async (_, others) => {
    stub.on('token', async () => ({ ...(await stub.tokens()), ...others }));
    expect(await refreshed()).toEqual(fault('provider_answer_invalid'));
  });

  it.each<[string, Parameters<StubProvider['on']>[1], string]>([
    ['a page', notJson, 'provider_answer_invalid'],
    ['a list', json([]), 'provider_answer_invalid'],
    ['nothing', status(200), 'provider_answer_invalid'],
    ['a redirect', redirect('http://127.0.0.1:9/'), 'provider_redirects'],
  ])('that is answered with %s is a fault of the provider', async (_, answer, reason) => {
    stub.on('token', answer);
    expect(await refreshed()).toEqual(fault(reason));
  });

  it.each<[string, Parameters<StubProvider['on']>[1], boolean]>([
    ['500', status(500), true],
    ['503', overloaded(7, 503), true],
    ['429', overloaded(7), true],
    ['an error that says so', json({ error: 'temporarily_unavailable' }, 400), true],
    ['502', status(502), false],
    ['504', status(504), false],
    ['half an answer', halfBody, false],
  ])('that is answered with %s tells whether anything was done', async (_, answer, definite) => {
    stub.on('token', answer);
    expect(await refreshed()).toMatchObject({ status: 503, definite });
    expect(stub.calls('token')).toBe(1);
  });

  it('is given up after a time of its own', async () => {
    stub.on('token', hang);
    expect(await refreshed({ providerTimeout: 200 })).toMatchObject({ reason: 'provider_timeout', definite: false });
  });

  it('has longer than other requests', async () => {
    const { identity: own } = provider({ timeout: 1_000 });
    await own.ready();
    stub.on('revocation', hang);
    let other: unknown;
    stub.on('token', async () => {
      other = await own.revoke('rt-0').catch((error: unknown) => error);
      return stub.tokens({}, { refresh_token: 'rt-2' });
    });
    expect(await own.refresh('rt-1')).toMatchObject({ refreshToken: 'rt-2' });
    expect(other).toMatchObject({ reason: 'provider_timeout' });
  });

  it('is not sent while the keys cannot be had', async () => {
    stub.on('jwks', status(500));
    expect(await refreshed()).toMatchObject({ status: 503, definite: true });
    expect(
      await identity()
        .ready()
        .catch((error: unknown) => error),
    ).toMatchObject({ status: 503, definite: true });
    expect(stub.calls('token')).toBe(0);
  });

  it('is not sent while the metadata cannot be had', async () => {
    stub.on('discovery', hang);
    expect(await refreshed({ timeout: 200 })).toMatchObject({ status: 503, definite: true });
    expect(stub.calls('token')).toBe(0);
  });

  it('is not sent where there is no token endpoint', async () => {
    const { token_endpoint, ...others } = stub.metadata;
    stub.on('discovery', () => others);
    expect(token_endpoint).toBeDefined();
    expect(await refreshed()).toEqual(fault('provider_lacks_endpoint'));
    expect(
      await identity()
        .ready()
        .catch((error: unknown) => error),
    ).toEqual(fault('provider_lacks_endpoint'));
  });

  it('does not wait for keys that are needed for proof alone', async () => {
    const { identity: own } = provider();
    await own.ready();
    const idToken = await stub.idToken({}, {}, await signingKey());
    stub.on('token', async () => ({ ...(await stub.tokens()), id_token: idToken }));
    stub.on('jwks', hang);
    expect(await own.refresh('rt-1')).toMatchObject({ idToken });
  });
});

describe('an application that closes', () => {
  /** A refresh that has arrived at the provider, and how to let it be answered. */
  const held = () => {
    let answer: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      stub.on('token', async () => {
        await new Promise<void>((go) => {
          answer = go;
          resolve();
        });
        return stub.tokens({}, { refresh_token: 'rt-2' });
      });
    });
    return { arrived, answer: () => answer() };
  };

  it('lets a refresh come to its end', async () => {
    const own = provider();
    const { arrived, answer } = held();
    const refreshing = own.identity.refresh('rt-1');
    await arrived;
    own.close();
    answer();
    expect(await refreshing).toMatchObject({ refreshToken: 'rt-2' });
  });

  it('ends it when told to, and nothing is sent after', async () => {
    const own = provider();
    const { arrived } = held();
    const refreshing = own.identity.refresh('rt-1').catch((error: unknown) => error);
    await arrived;
    own.close();
    own.identity.close();
    expect(await refreshing).toMatchObject({ status: 503, definite: false });
    expect(await own.identity.refresh('rt-1').catch((error: unknown) => error)).toMatchObject({ definite: true });
    expect(stub.calls('token')).toBe(1);
  });

  it('ends its other requests at once', async () => {
    const own = provider();
    const gone = new Promise<unknown>((resolve) => {
      stub.on('device', (_, response) => {
        resolve(once(response, 'close'));
        own.close();
      });
    });
    expect(await own.deviceFlow.start().catch((error: unknown) => error)).toMatchObject({ status: 503 });
    await gone;
  });
});
