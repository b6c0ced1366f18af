import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { expectTokens, expectUncached, expectWireError } from '../support/expect-wire.js';
import { halfBody, json, notJson, overloaded, status } from '../support/faults.js';
import { claimsOf } from '../support/keys.js';
import { startProvider, users, type TestProvider } from '../support/provider.js';
import { answerDevice } from '../support/sign-in.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import type { WireClient } from '../support/wire-client.js';

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

async function start(client: WireClient) {
  const { status: code, json: body, text } = await client.post('/auth/v2/device');
  if (code !== 200) throw new Error(`The device endpoint answered ${code}: ${text}`);
  return body as {
    device_code: string;
    user_code: string;
    verification_uri: string;
    verification_uri_complete: string;
  };
}

describe.each(adapters)('the device flow on %s', (adapter) => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await bootAuthApp(adapter, provider);
  });
  afterAll(() => app.close());

  const poll = (device_code: string) => app.client.post('/auth/v2/token', { grant_type: grantType, device_code });

  it('starts with POST /auth/v2/device and an empty body', async () => {
    const answer = await app.client.post('/auth/v2/device');
    expect({ status: answer.status, ...answer.json }).toEqual({
      status: 200,
      device_code: expect.any(String),
      user_code: expect.any(String),
      verification_uri: `${provider.issuer}/device`,
      verification_uri_complete: expect.stringContaining(`${provider.issuer}/device?user_code=`),
      expires_in: 600,
      interval: 5,
    });
    expectUncached(answer);
  });

  it('starts without any body, content type or length', async () => {
    const response = await fetch(app.client.url('/auth/v2/device'), { method: 'POST' });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it('ends with tokens for the user who typed the code in', async () => {
    const { device_code, verification_uri_complete } = await start(app.client);
    await answerDevice(new Browser(), verification_uri_complete, { user: 'bob' });
    const answer = await poll(device_code);
    expectTokens(answer, true);
    expect(claimsOf(String(answer.json.access_token)).sub).toBe(users.bob.sub);
  });

  it.each<[string, (code: string) => Record<string, string>]>([
    ['device_code', (device_code) => ({ device_code })],
    ['device-code', (code) => ({ 'device-code': code })],
    ['device-code with its grant_type', (code) => ({ 'device-code': code, grant_type: grantType })],
    ['both spellings with the same value', (code) => ({ 'device-code': code, device_code: code })],
  ])('takes the code as %s', async (_, form) => {
    const { device_code, verification_uri_complete } = await start(app.client);
    await answerDevice(new Browser(), verification_uri_complete);
    expectTokens(await app.client.post('/auth/v2/token', form(device_code)), true);
  });

  it('tells authorization_pending; one poll is one request to the provider', async () => {
    const { device_code } = await start(app.client);
    const before = provider.calls.token;
    expectWireError(await poll(device_code), 400, 'authorization_pending');
    expect(provider.calls.token).toBe(before + 1);
  });

  it('tells access_denied when the user says no', async () => {
    const { device_code, verification_uri_complete } = await start(app.client);
    await answerDevice(new Browser(), verification_uri_complete, { deny: true });
    expectWireError(await poll(device_code), 400, 'access_denied');
  });

  it('tells expired_token when the provider does', async () => {
    const { device_code } = await start(app.client);
    provider.storage.expire('DeviceCode');
    expectWireError(await poll(device_code), 400, 'expired_token');
  });

  it('tells expired_token past the expiry, without asking the provider', async () => {
    let now = Date.now();
    const other = await bootAuthApp(adapter, provider, { auth: { now: () => now } });
    const { device_code } = await start(other.client);
    const before = provider.calls.token;
    now += 601_000;
    expectWireError(await other.client.post('/auth/v2/token', { device_code }), 400, 'expired_token');
    expect(provider.calls.token).toBe(before);
    await other.close();
  });

  it('gives tokens once', async () => {
    const { device_code, verification_uri_complete } = await start(app.client);
    await answerDevice(new Browser(), verification_uri_complete);
    expectTokens(await poll(device_code), true);
    expectWireError(await poll(device_code), 400, 'invalid_grant');
  });

  it.each(['unknown', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA'])(
    'refuses a code that is not ours, without asking the provider',
    async (code) => {
      const before = provider.calls.token;
      expectWireError(await poll(code), 400, 'invalid_grant');
      expect(provider.calls.token).toBe(before);
    },
  );

  it('is 503 where the provider has none', async () => {
    const without = await startProvider({ device: false });
    const other = await bootAuthApp(adapter, without);
    const answer = await other.client.post('/auth/v2/device');
    expect(answer.status).toBe(503);
    expectWireError(answer, 503, String(answer.json.error));
    await other.close();
    await without.close();
  });
});

describe.each(adapters)('the device flow on %s, with a provider that', (adapter) => {
  let stub: StubProvider;
  let app: AuthApp;
  beforeAll(async () => {
    stub = await startStubProvider();
    app = await bootAuthApp(adapter, stub);
  });
  afterEach(() => stub.restore());
  afterAll(async () => {
    await app.close();
    await stub.close();
  });

  const poll = (device_code: string, client = app.client) => client.post('/auth/v2/token', { device_code });
  const lastForm = (endpoint: 'device' | 'token') => Object.fromEntries(stub.requestsTo(endpoint).at(-1)?.form ?? []);

  it('gets openid, offline_access and the configured scopes, and PKCE', async () => {
    const { device_code } = await start(app.client);
    const { scope = '', ...form } = lastForm('device');
    expect(scope.split(' ').sort()).toEqual(['email', 'offline_access', 'openid', 'profile', 'read']);
    expect(form).toMatchObject({ code_challenge: expect.stringMatching(/^[\w-]{43}$/), code_challenge_method: 'S256' });
    expectTokens(await poll(device_code), true);
    expect(lastForm('token')).toMatchObject({
      grant_type: grantType,
      code_verifier: expect.stringMatching(/^[\w.~-]{43,128}$/),
    });
  });

  it('objects to PKCE, gets none with devicePkce: false', async () => {
    const other = await bootAuthApp(adapter, stub, { auth: { devicePkce: false } });
    const { device_code } = await start(other.client);
    expect(lastForm('device')).not.toHaveProperty('code_challenge');
    expectTokens(await poll(device_code, other.client), true);
    expect(lastForm('token')).not.toHaveProperty('code_verifier');
    await other.close();
  });

  it('gets no offline_access with offlineAccess: false', async () => {
    const other = await bootAuthApp(adapter, stub, { auth: { offlineAccess: false } });
    await start(other.client);
    expect(lastForm('device').scope).not.toContain('offline_access');
    await other.close();
  });

  it('names a device code, never shows it to the client', async () => {
    stub.on(
      'device',
      json({
        device_code: 'of-the-provider',
        user_code: 'U',
        verification_uri: 'https://idp.example.org/',
        expires_in: 60,
      }),
    );
    const answer = await app.client.post('/auth/v2/device');
    expect(answer.text).not.toContain('of-the-provider');
    expect(answer.json).toMatchObject({
      user_code: 'U',
      verification_uri: 'https://idp.example.org/',
      expires_in: 60,
      interval: 5,
    });
    expect(answer.json).not.toHaveProperty('verification_uri_complete');
    await poll(String(answer.json.device_code));
    expect(lastForm('token').device_code).toBe('of-the-provider');
  });

  it.each(['slow_down', 'authorization_pending', 'expired_token', 'access_denied'])(
    'says %s, is passed on',
    async (error) => {
      const { device_code } = await start(app.client);
      stub.on('token', json({ error, error_description: 'secret-detail' }, 400));
      const answer = await poll(device_code);
      expectWireError(answer, 400, error);
      expect(answer.text).not.toContain('secret-detail');
    },
  );

  it('sends no ID token, is answered 502', async () => {
    const { device_code } = await start(app.client);
    stub.on('token', json({ ...(await stub.tokens()), id_token: undefined }));
    expectWireError(await poll(device_code), 502, 'server_error');
  });

  it.each([
    ['an ID token for another client', { aud: 'another-client' }],
    ['an ID token for another authorized party', { azp: 'another-client' }],
  ])('sends %s, is answered 502', async (_, claims) => {
    const { device_code } = await start(app.client);
    stub.on('token', json(await stub.tokens(claims)));
    expectWireError(await poll(device_code), 502, 'server_error');
  });

  it.each(['unauthorized_client', 'unsupported_grant_type'])('refuses the start with %s, is 503', async (error) => {
    stub.on('device', json({ error }, 400));
    const answer = await app.client.post('/auth/v2/device');
    expectWireError(answer, 503, String(answer.json.error));
  });

  it.each([
    ['answers 500', status(500)],
    ['is overloaded', overloaded(3)],
    ['breaks off', halfBody],
  ])('%s, is 503 with Retry-After', async (_, fault) => {
    stub.on('device', fault);
    const answer = await app.client.post('/auth/v2/device');
    expectWireError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    ['sends no JSON', notJson],
    ['sends a list', json([])],
    ['sends no user code', json({ device_code: 'd', verification_uri: 'https://idp.example.org/', expires_in: 60 })],
    [
      'sends users to a script',
      json({ device_code: 'd', user_code: 'U', verification_uri: 'javascript:alert(1)', expires_in: 60 }),
    ],
  ])('%s, is 502', async (_, fault) => {
    stub.on('device', fault);
    expectWireError(await app.client.post('/auth/v2/device'), 502, 'server_error');
  });
});
