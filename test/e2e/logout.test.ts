import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { expectTokens, expectUncached, expectWireError, wireAnswerOf } from '../support/expect-wire.js';
import { hang, status } from '../support/faults.js';
import { claimsOf } from '../support/keys.js';
import { clients, startProvider, users, type TestProvider } from '../support/provider.js';
import { rawRequest } from '../support/raw-http.js';
import { signIn, signOut } from '../support/sign-in.js';
import { startStubProvider } from '../support/stub-provider.js';
import { loopbackTarget, type WireAnswer } from '../support/wire-client.js';

const goodbye = 'https://www.example.org/goodbye';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

describe.each(adapters)('log-out on %s', (adapter) => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await bootAuthApp(adapter, provider, { auth: { postLogoutRedirectUris: [goodbye] } });
  });
  afterAll(() => app.close());

  const post = (bearer?: string, form: Record<string, string> = {}) =>
    app.client.post('/auth/v2/logout', form, bearer === undefined ? {} : { bearer });
  const get = (query: Record<string, string> = {}, bearer?: string) =>
    app.client.get('/auth/v2/logout', query, bearer === undefined ? {} : { bearer });
  const targetOf = ({ status: code, headers, text }: WireAnswer): URL => {
    if (code !== 302) throw new Error(`Expected a redirect, got ${code}: ${text}`);
    return new URL(headers.get('location') ?? '');
  };
  const logoutUrlOf = ({ json: body }: WireAnswer) => new URL(String(body.logout_url));

  describe('POST /auth/v2/logout', () => {
    it('with a bearer answers with a logout_url of ours', async () => {
      const answer = await post(await app.client.accessToken());
      expect({ status: answer.status, ...answer.json }).toEqual({
        status: 200,
        logout_url: expect.stringMatching(`^${app.url}/auth/v2/logout\\?`),
      });
      expectUncached(answer);
    });

    it('takes the token from the form as well', async () => {
      const answer = await post(undefined, { token: await app.client.accessToken() });
      expect(answer.status).toBe(200);
      expect(logoutUrlOf(answer).origin).toBe(app.url);
    });

    it('answers 401 with a challenge where there is no token', async () => {
      const answer = await post();
      expectWireError(answer, 401, 'invalid_token');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b(?!.*error=)/);
    });

    it.each([
      ['bearer', (token: string) => post(token)],
      ['form', (token: string) => post(undefined, { token })],
    ])('answers 401 to a bad token as %s', async (_, send) => {
      const answer = await send('not.a.token');
      expectWireError(answer, 401, 'invalid_token');
      expect(answer.headers.get('www-authenticate')).toMatch(/error="invalid_token"/);
    });

    it('answers 400 to two Authorization headers', async () => {
      const bearer = await app.client.accessToken();
      const headers = [['Authorization', `Bearer ${bearer}`] as const, ['Authorization', `Bearer ${bearer}`] as const];
      const answer = await rawRequest(app.url, { method: 'POST', path: '/auth/v2/logout', headers });
      expectWireError(wireAnswerOf(answer), 400, 'invalid_request');
    });

    it('tells the provider that the token is revoked', async () => {
      const before = provider.calls.revocation;
      await post(await app.client.accessToken());
      expect(provider.calls.revocation).toBe(before + 1);
    });
  });

  describe('logout_url', () => {
    it("leads to the provider's end_session with client_id and the user's ID token as hint", async () => {
      const answer = await post(await app.client.accessToken('bob'));
      const target = targetOf(await app.client.get('/auth/v2/logout', [...logoutUrlOf(answer).searchParams]));
      expect(target.origin + target.pathname).toBe(`${provider.issuer}/session/end`);
      expect(target.searchParams.get('client_id')).toBe(clients.basic.clientId);
      expect(claimsOf(target.searchParams.get('id_token_hint') ?? '')).toMatchObject({ sub: users.bob.sub });
    });

    it('takes post_logout_redirect_uri and state along', async () => {
      const url = logoutUrlOf(await post(await app.client.accessToken()));
      url.searchParams.set('post_logout_redirect_uri', goodbye);
      url.searchParams.set('state', 'a b');
      const { searchParams } = targetOf(await app.client.get('/auth/v2/logout', [...url.searchParams]));
      expect(searchParams.get('post_logout_redirect_uri')).toBe(goodbye);
      expect(searchParams.get('state')).toBe('a b');
      expect(searchParams.has('id_token_hint')).toBe(true);
    });

    it('is relative where no baseUrl says what our public address is', async () => {
      const other = await bootAuthApp(adapter, provider, { auth: { baseUrl: undefined } });
      const bearer = await other.client.accessToken();
      const { json: body } = await other.client.post('/auth/v2/logout', {}, { bearer });
      expect(body.logout_url).toMatch(/^\/auth\/v2\/logout\?/);
      await other.close();
    });

    it('shows no token', async () => {
      const bearer = await app.client.accessToken();
      const { text } = await post(bearer);
      expect(text).not.toContain(bearer);
      expect(text).not.toMatch(/eyJ[\w-]+\.eyJ/);
    });

    it('is good for 60 seconds', async () => {
      let now = Date.now();
      const other = await bootAuthApp(adapter, provider, { auth: { now: () => now } });
      const bearer = await other.client.accessToken();
      const { json: body } = await other.client.post('/auth/v2/logout', {}, { bearer });
      const query = [...new URL(String(body.logout_url)).searchParams];
      now += 59_000;
      targetOf(await other.client.get('/auth/v2/logout', query));
      now += 2_000;
      expectWireError(await other.client.get('/auth/v2/logout', query), 400, 'invalid_request');
      await other.close();
    });

    it('does not work when it was changed', async () => {
      const url = logoutUrlOf(await post(await app.client.accessToken()));
      const changed = [...url.searchParams].map(([name, value]): [string, string] => [name, `${value}x`]);
      expectWireError(await app.client.get('/auth/v2/logout', changed), 400, 'invalid_request');
    });

    it('ends the session in the browser', async () => {
      const browser = new Browser();
      const bearer = String((await app.client.logIn({ browser })).json.access_token);
      const { href } = logoutUrlOf(await post(bearer));
      const page = await signOut(browser, `${href}&post_logout_redirect_uri=${goodbye}&state=s`, { stopAt: goodbye });
      expect(page.url.href).toBe(`${goodbye}?state=s`);

      const login = app.client.url('/auth/v2/login', { redirect_uri: loopbackTarget, prompt: 'none' });
      const { url } = await signIn(browser, login, { stopAt: loopbackTarget });
      expect(url.searchParams.get('error')).toBe('login_required');
    });
  });

  describe('GET /auth/v2/logout', () => {
    it('with a bearer ends the session and redirects with the hint', async () => {
      const before = provider.calls.revocation;
      const target = targetOf(await get({}, await app.client.accessToken('bob')));
      expect(claimsOf(target.searchParams.get('id_token_hint') ?? '')).toMatchObject({ sub: users.bob.sub });
      expect(provider.calls.revocation).toBe(before + 1);
    });

    it('without bearer or ticket ends nothing and only redirects, with client_id', async () => {
      const before = provider.calls.revocation;
      const target = targetOf(await get());
      expect(target.origin + target.pathname).toBe(`${provider.issuer}/session/end`);
      expect(Object.fromEntries(target.searchParams)).toEqual({ client_id: clients.basic.clientId });
      expect(provider.calls.revocation).toBe(before);
    });

    it('with a bad bearer answers 401', async () => {
      expectWireError(await get({}, 'not.a.token'), 401, 'invalid_token');
    });

    it.each([goodbye, 'http://localhost:3000/', 'http://127.0.0.1:3000/x', 'http://[::1]:3000/'])(
      'passes the allowed target %s on, with state',
      async (target) => {
        const { searchParams } = targetOf(await get({ post_logout_redirect_uri: target, state: 'a&b' }));
        expect(searchParams.get('post_logout_redirect_uri')).toBe(target);
        expect(searchParams.get('state')).toBe('a&b');
      },
    );

    it.each([
      'https://evil.example.org/',
      '//evil.example.org',
      '/relative',
      'javascript:alert(1)',
      'http://localhost.evil.example.org/',
      'http://localhost@evil.example.org/',
      `${goodbye}/`,
      `${goodbye}?next=https://evil.example.org`,
    ])('refuses %s with 400', async (post_logout_redirect_uri) => {
      expectWireError(await get({ post_logout_redirect_uri }), 400, 'invalid_request');
    });

    it.each(['post_logout_redirect_uri', 'state', 'ticket'])('refuses a repeated %s with 400', async (name) => {
      const query: [string, string][] = [
        [name, goodbye],
        [name, goodbye],
      ];
      expectWireError(await app.client.get('/auth/v2/logout', query), 400, 'invalid_request');
    });

    it('answers HEAD with 405 and ends nothing', async () => {
      const before = provider.calls.revocation;
      const bearer = await app.client.accessToken();
      const answer = await app.client.head('/auth/v2/logout', {}, { bearer });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toContain('GET');
      expect(provider.calls.revocation).toBe(before);
    });
  });

  it('withholds the ID token with logoutHint: false', async () => {
    const other = await bootAuthApp(adapter, provider, { auth: { logoutHint: false } });
    const bearer = await other.client.accessToken();
    const target = targetOf(await other.client.get('/auth/v2/logout', {}, { bearer }));
    expect(Object.fromEntries(target.searchParams)).toEqual({ client_id: clients.basic.clientId });
    await other.close();
  });

  describe('with a provider that has no end_session', () => {
    let without: TestProvider;
    let other: AuthApp;
    beforeAll(async () => {
      without = await startProvider({ endSession: false });
      other = await bootAuthApp(adapter, without, { auth: { postLogoutRedirectUris: [goodbye] } });
    });
    afterAll(async () => {
      await other.close();
      await without.close();
    });

    it('redirects to the allowed target with state', async () => {
      const query = { post_logout_redirect_uri: goodbye, state: 'a&b' };
      const target = targetOf(await other.client.get('/auth/v2/logout', query));
      expect(target.origin + target.pathname).toBe(goodbye);
      expect(target.searchParams.get('state')).toBe('a&b');
    });

    it('answers 200 where there is no target', async () => {
      expect((await other.client.get('/auth/v2/logout')).status).toBe(200);
    });

    it('refuses a target that is not allowed all the same', async () => {
      const query = { post_logout_redirect_uri: 'https://evil.example.org/' };
      expectWireError(await other.client.get('/auth/v2/logout', query), 400, 'invalid_request');
    });
  });

  describe('while the provider fails', () => {
    it('is 503 with Retry-After, but 400 for a target that is not allowed', async () => {
      const stub = await startStubProvider();
      const other = await bootAuthApp(adapter, stub);
      await stub.down();
      const query = { post_logout_redirect_uri: 'https://evil.example.org/' };
      expectWireError(await other.client.get('/auth/v2/logout', query), 400, 'invalid_request');
      const answer = await other.client.get('/auth/v2/logout');
      expectWireError(answer, 503, 'temporarily_unavailable');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      await other.close();
    });

    it.each([
      ['refuses', status(400)],
      ['fails', status(500)],
      ['never answers', hang],
    ])('stands, if revocation %s', async (_, fault) => {
      const stub = await startStubProvider();
      stub.on('revocation', fault);
      const other = await bootAuthApp(adapter, stub, { auth: { timeout: 1.5 } });
      const answer = await other.client.post('/auth/v2/logout', {}, { bearer: await stub.accessToken() });
      expect(answer.status).toBe(200);
      targetOf(await other.client.get('/auth/v2/logout', [...logoutUrlOf(answer).searchParams]));
      await other.close();
      await stub.close();
    });
  });

  it('leaves other log-ins alone', async () => {
    const bearer = await app.client.accessToken();
    await post(bearer);
    expectTokens(await app.client.logIn(), false);
  });
});
