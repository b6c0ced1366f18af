import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { expectWireError } from '../support/expect-wire.js';
import { halfBody, json, notJson, overloaded, redirect, status } from '../support/faults.js';
import { clients, startProvider, type TestProvider } from '../support/provider.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { loopbackTarget } from '../support/wire-client.js';

const spa = 'https://spa.example.org/signed-in';
const to = (redirect_uri: string, others: Record<string, string> = {}) => ({ redirect_uri, ...others });

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

describe.each(adapters)('GET /auth/v2/login on %s', (adapter) => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await bootAuthApp(adapter, provider, { auth: { redirectUris: [spa] } });
  });
  afterAll(() => app.close());

  const ownCallback = () => `${app.url}/auth/v2/callback`;
  const login = (query: Parameters<AuthApp['client']['get']>[1]) => app.client.get('/auth/v2/login', query);
  const asked = (query: Record<string, string>) => app.client.authorizationRequest(query);

  describe('redirects to the provider', () => {
    it('with 302, a code flow, PKCE, a state and a nonce', async () => {
      const request = await asked(to(loopbackTarget));
      expect(request.origin + request.pathname).toBe(`${provider.issuer}/auth`);
      expect(Object.fromEntries(request.searchParams)).toEqual({
        client_id: clients.basic.clientId,
        response_type: 'code',
        redirect_uri: loopbackTarget,
        scope: expect.stringMatching(/\bopenid\b/),
        state: expect.any(String),
        nonce: expect.any(String),
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge_method: 'S256',
      });
    });

    it('with state, nonce and challenge of its own for every log-in', async () => {
      const [first, second] = [await asked(to(loopbackTarget)), await asked(to(loopbackTarget))];
      for (const name of ['state', 'nonce', 'code_challenge']) {
        expect(first.searchParams.get(name)).not.toBe(second.searchParams.get(name));
      }
    });

    it('with the configured scopes, or with those of the request; openid is always among them', async () => {
      const scopesOf = (url: URL) => url.searchParams.get('scope')?.split(' ').sort();
      expect(scopesOf(await asked(to(loopbackTarget)))).toEqual(['email', 'openid', 'profile', 'read']);
      expect(scopesOf(await asked(to(loopbackTarget, { scope: 'write' })))).toEqual(['openid', 'write']);
    });

    it.each(['none', 'login', 'consent', 'select_account'])('with prompt=%s', async (prompt) => {
      expect((await asked(to(loopbackTarget, { prompt }))).searchParams.get('prompt')).toBe(prompt);
    });

    it('with login_hint, acr_values and ui_locales as they are', async () => {
      const hints = { login_hint: 'al ice+x@example.org', acr_values: 'urn:a urn:b', ui_locales: 'de en' };
      expect(Object.fromEntries((await asked(to(loopbackTarget, hints))).searchParams)).toMatchObject(hints);
    });

    it('without parameters that it does not know', async () => {
      const request = await asked(to(loopbackTarget, { response_mode: 'fragment', client_id: 'evil', nonce: 'mine' }));
      expect(request.searchParams.has('response_mode')).toBe(false);
      expect(request.searchParams.getAll('client_id')).toEqual([clients.basic.clientId]);
      expect(request.searchParams.get('nonce')).not.toBe('mine');
    });

    it('with the own code_challenge and state of a native client that does PKCE itself', async () => {
      const own = {
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
        state: 'xyz|1',
      };
      expect(Object.fromEntries((await asked(to(loopbackTarget, own))).searchParams)).toMatchObject(own);
    });
  });

  describe('sends offline_access', () => {
    const asksOffline = async (client: AuthApp['client'], value: string) => {
      const { searchParams } = await client.authorizationRequest(to(loopbackTarget, { offline_access: value }));
      return searchParams.get('scope')?.split(' ').includes('offline_access');
    };

    it('only where it is asked for', async () => {
      expect(await asksOffline(app.client, 'true')).toBe(true);
      expect(await asksOffline(app.client, 'false')).toBe(false);
      expect((await asked(to(loopbackTarget))).searchParams.get('scope')).not.toContain('offline_access');
    });

    it.each([
      ['has it', ['openid', 'offline_access'], true],
      ['is absent', undefined, true],
      ['lacks it', ['openid', 'profile'], false],
    ])('if scopes_supported %s: %j → %s', async (_, scopes_supported, sent) => {
      const stub = await startStubProvider({ metadata: { scopes_supported } });
      const other = await bootAuthApp(adapter, stub);
      expect(await asksOffline(other.client, 'true')).toBe(sent);
      await other.close();
      await stub.close();
    });

    it('never, if offlineAccess is false', async () => {
      const other = await bootAuthApp(adapter, provider, { auth: { offlineAccess: false } });
      expect(await asksOffline(other.client, 'true')).toBe(false);
      await other.close();
    });

    it('as the parameters that the provider wants in its place', async () => {
      const params = { access_type: 'offline', prompt: 'consent' };
      const other = await bootAuthApp(adapter, provider, { auth: { offlineAccess: { params } } });
      const request = await other.client.authorizationRequest(to(loopbackTarget, { offline_access: 'true' }));
      expect(Object.fromEntries(request.searchParams)).toMatchObject(params);
      expect(request.searchParams.get('scope')).not.toContain('offline_access');

      const plain = await other.client.authorizationRequest(to(loopbackTarget));
      expect(plain.searchParams.has('access_type')).toBe(false);
      await other.close();
    });
  });

  it('adds authorizationParams to every request', async () => {
    const auth = { authorizationParams: { audience: 'https://api.example.org', hd: 'example.org' } };
    const other = await bootAuthApp(adapter, provider, { auth });
    const request = await other.client.authorizationRequest(to(loopbackTarget));
    expect(Object.fromEntries(request.searchParams)).toMatchObject(auth.authorizationParams);
    await other.close();
  });

  describe('takes as redirect_uri', () => {
    it.each([
      'http://localhost/',
      'http://localhost:53100/callback',
      'http://127.0.0.1:1/x/y',
      'http://[::1]:65535/cb',
      spa,
    ])('%s', async (target) => {
      expect((await asked(to(target))).searchParams.get('redirect_uri')).toBe(target);
    });

    it('its own callback', async () => {
      expect((await asked(to(ownCallback()))).searchParams.get('redirect_uri')).toBe(ownCallback());
    });
  });

  describe('refuses with 400', () => {
    it.each([
      ['no redirect_uri', {}],
      ['an empty redirect_uri', to('')],
      ['another site', to('https://evil.example.org/')],
      ['an entry of redirectUris with a slash more', to(`${spa}/`)],
      ['an entry of redirectUris in other letters', to(spa.toUpperCase())],
      ['an entry of redirectUris with a query', to(`${spa}?a=b`)],
      ['loopback over https', to('https://localhost/')],
      ['loopback with a query', to('http://localhost/cb?a=b')],
      ['loopback with an empty query', to('http://localhost/cb?')],
      ['loopback with a fragment', to('http://localhost/cb#a')],
      ['loopback with user information', to('http://user:pw@localhost/cb')],
      ['loopback that is not its own href', to('http://localhost')],
      ['loopback in capital letters', to('http://LOCALHOST/cb')],
      ['loopback with dot segments', to('http://localhost/a/../cb')],
      ['loopback as a decimal number', to('http://2130706433/cb')],
      ['a name that begins like loopback', to('http://localhost.evil.example.org/cb')],
      ['a name that ends like loopback', to('http://evil.localhost/cb')],
      ['513 characters', to(`http://localhost/${'x'.repeat(513 - 17)}`)],
      ['a scheme of its own', to('myapp://callback')],
      ['a relative path', to('/auth/v2/callback')],
      ['an unknown prompt', to(loopbackTarget, { prompt: 'create' })],
      [
        'a challenge of method plain',
        to(loopbackTarget, { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }),
      ],
      ['a challenge without method', to(loopbackTarget, { code_challenge: 'x'.repeat(43) })],
    ])('%s', async (_, query) => {
      expectWireError(await login(query), 400, 'invalid_request');
    });

    it.each([
      ['redirect_uri', loopbackTarget],
      ['prompt', 'login'],
      ['state', 'x'],
      ['scope', 'openid'],
    ])('a repeated %s', async (name, value) => {
      expectWireError(
        await login([
          ['redirect_uri', loopbackTarget],
          [name, value],
          [name, value],
        ]),
        400,
        'invalid_request',
      );
    });

    it('512 characters are not too many', async () => {
      await asked(to(`http://localhost/${'x'.repeat(512 - 17)}`));
    });

    it('loopback where loopback is false', async () => {
      const other = await bootAuthApp(adapter, provider, {
        auth: { loopback: false, baseUrl: 'https://app.example.org' },
      });
      expectWireError(await other.client.get('/auth/v2/login', to(loopbackTarget)), 400, 'invalid_request');
      await other.close();
    });

    it('its own callback where no baseUrl says what that is', async () => {
      const other = await bootAuthApp(adapter, provider, { auth: { baseUrl: undefined, loopback: false } });
      const query = to(`${other.url}/auth/v2/callback`);
      expectWireError(await other.client.get('/auth/v2/login', query), 400, 'invalid_request');
      await other.close();
    });
  });

  describe('binds the log-in to the browser', () => {
    const cookiesFor = async (client: AuthApp['client'], target: string) =>
      (await client.get('/auth/v2/login', to(target))).headers.getSetCookie();

    it.each([
      ['its own callback', ownCallback],
      ['an entry of redirectUris', () => spa],
    ])('by one HttpOnly cookie, if the target is %s', async (_, target) => {
      const [cookie, ...others] = await cookiesFor(app.client, target());
      expect(others).toEqual([]);
      expect(cookie).toMatch(/; HttpOnly(;|$)/i);
      expect(cookie).toMatch(/; SameSite=Lax(;|$)/i);
    });

    it('by no cookie, if the target is loopback', async () => {
      expect(await cookiesFor(app.client, loopbackTarget)).toEqual([]);
    });

    it('by a __Host- cookie, if baseUrl is https', async () => {
      const other = await bootAuthApp(adapter, provider, { auth: { baseUrl: 'https://app.example.org' } });
      const [cookie] = await cookiesFor(other.client, 'https://app.example.org/auth/v2/callback');
      expect(cookie).toMatch(/^__Host-/);
      expect(cookie).toMatch(/; Secure(;|$)/i);
      expect(cookie).toMatch(/; Path=\/(;|$)/i);
      await other.close();
    });

    it('by a cookie named after the attempt', async () => {
      const [first = '', second = ''] = [
        ...(await cookiesFor(app.client, ownCallback())),
        ...(await cookiesFor(app.client, ownCallback())),
      ];
      expect(first.split('=')[0]).not.toBe(second.split('=')[0]);
    });
  });

  it('answers HEAD with 405', async () => {
    const { status: code, headers } = await app.client.head('/auth/v2/login', to(loopbackTarget));
    expect(code).toBe(405);
    expect(headers.get('allow')).toContain('GET');
    expect(headers.get('location')).toBeNull();
  });

  describe('while the provider fails', () => {
    let stub: StubProvider;
    beforeAll(async () => {
      stub = await startStubProvider();
    });
    beforeEach(() => stub.restore());
    afterAll(() => stub.close());

    it('refuses what is not allowed all the same, without asking it', async () => {
      const other = await bootAuthApp(adapter, stub);
      await stub.down();
      expectWireError(
        await other.client.get('/auth/v2/login', to('https://evil.example.org/')),
        400,
        'invalid_request',
      );
      await stub.up();
      await other.close();
      expect(stub.calls('discovery')).toBe(0);
    });

    it('boots, answers 503 with Retry-After, and logs in as soon as it is back', async () => {
      let now = Date.now();
      await stub.down();
      const other = await bootAuthApp(adapter, stub, { auth: { now: () => now } });
      const refused = await other.client.get('/auth/v2/login', to(loopbackTarget));
      expectWireError(refused, 503, 'temporarily_unavailable');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

      await stub.up();
      now += Number(refused.headers.get('retry-after')) * 1000;
      await other.client.authorizationRequest(to(loopbackTarget));
      await other.close();
    });

    it.each([
      ['is overloaded', overloaded(7)],
      ['answers 500', status(500)],
      ['sends no JSON', notJson],
      ['sends half a document', halfBody],
      ['redirects', redirect('http://127.0.0.1:1/')],
      ['sends JSON that is no object', json([])],
      ['names another issuer', json({ issuer: 'https://evil.example.org' })],
    ])('answers 503 with Retry-After while discovery %s', async (_, fault) => {
      stub.on('discovery', fault);
      const other = await bootAuthApp(adapter, stub);
      const refused = await other.client.get('/auth/v2/login', to(loopbackTarget));
      expectWireError(refused, 503, 'temporarily_unavailable');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      await other.close();
    });
  });
});
