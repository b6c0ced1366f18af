import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { expectSecondsAfter, expectTokens, expectWireError } from '../support/expect-wire.js';
import { halfBody, json, notJson, overloaded, redirect, status } from '../support/faults.js';
import { claimsOf } from '../support/keys.js';
import { startProvider, users, type TestProvider } from '../support/provider.js';
import { reverseProxy } from '../support/reverse-proxy.js';
import { signIn } from '../support/sign-in.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { loopbackTarget, offline, type WireAnswer } from '../support/wire-client.js';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

describe.each(adapters)('GET /auth/v2/callback on %s', (adapter) => {
  let app: AuthApp;
  let browser: Browser;
  beforeAll(async () => {
    app = await bootAuthApp(adapter, provider, { auth: { redirectUris: ['https://spa.example.org/in'] } });
  });
  beforeEach(() => {
    browser = new Browser();
  });
  afterAll(() => app.close());

  const callback = () => app.client.url('/auth/v2/callback');

  /** The browser has just been sent back by the provider and has not yet followed. */
  const returned = async (parameters: Record<string, string> = {}) => {
    const { code, state, iss } = await app.client.codeFor(callback(), { browser, parameters });
    return { code, state, iss };
  };

  const visit = (query: Record<string, string> | [string, string][], by = browser): Promise<WireAnswer> => {
    const cookie = by.cookies.header(new URL(callback()));
    return app.client.get('/auth/v2/callback', query, { headers: cookie === undefined ? {} : { cookie } });
  };

  describe('ends a log-in that a browser began', () => {
    it('with tokens for the user', async () => {
      const page = await signIn(browser, app.client.url('/auth/v2/login', { redirect_uri: callback() }), {
        user: 'bob',
      });
      expect(page.status).toBe(200);
      const { access_token: token } = JSON.parse(page.body) as { access_token: string };
      expect(claimsOf(token)).toMatchObject({ sub: users.bob.sub, aud: 'my-api' });
    });

    it('with the token answer, kept by no cache', async () => {
      expectTokens(await visit(await returned()), false);
    });

    it('with a refresh token and its expiry, where offline_access was asked for', async () => {
      const answer = await visit(await returned(offline));
      expectTokens(answer, true);
      expectSecondsAfter(answer, answer.json.refresh_expires, 2_592_000);
    });

    it('by a __Host- cookie, where the application is on https behind a proxy', async () => {
      const site = 'https://app.example.org';
      const other = await bootAuthApp(adapter, provider, { auth: { baseUrl: site } });
      const secured = new Browser(reverseProxy(site, () => other.url));
      const page = await signIn(secured, `${site}/auth/v2/login?redirect_uri=${site}/auth/v2/callback`);
      expect(page).toMatchObject({ status: 200 });
      expect(page.url.origin).toBe(site);
      expect(secured.cookies.list(page.url).filter(({ name }) => name.startsWith('__Host-'))).toEqual([]);
      await other.close();
    });

    it('several at once in one browser', async () => {
      const first = await returned();
      const second = await returned();
      expectTokens(await visit(second), false);
      expectTokens(await visit(first), false);
    });
  });

  describe('keeps the cookies of attempts', () => {
    const own = () => browser.cookies.list(new URL(callback())).filter(({ sameSite }) => sameSite === 'Lax');

    it('until their first use', async () => {
      const query = await returned();
      const before = own().length;
      const cookie = browser.cookies.header(new URL(callback())) ?? '';
      const { headers } = await app.client.get('/auth/v2/callback', query, { headers: { cookie } });
      browser.cookies.store(new URL(callback()), headers.getSetCookie());
      expect(own()).toHaveLength(before - 1);
    });

    it('also where that use is refused', async () => {
      const query = await returned();
      const { headers } = await visit({ ...query, iss: 'https://evil.example.org' });
      browser.cookies.store(new URL(callback()), headers.getSetCookie());
      expectWireError(await visit(query), 400, 'invalid_request');
    });

    it('in a bounded number', async () => {
      const login = app.client.url('/auth/v2/login', { redirect_uri: callback() });
      const sizes = new Set<number>();
      for (let attempts = 0; attempts < 40; attempts++) {
        await browser.visit(login, { stopAt: provider.issuer });
        sizes.add(browser.cookies.list(new URL(callback())).length);
      }
      expect(Math.max(...sizes)).toBeLessThan(40);
      expectTokens(await visit(await returned()), false);
    });
  });

  describe('refuses with 400', () => {
    it.each([
      ['no state', { code: 'x' }],
      ['nothing at all', {}],
      ['a state that is not ours', { code: 'x', state: 'y' }],
      ['a state that looks like ours', { code: 'x', state: 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAA.AAAA.AAAA' }],
    ])('%s', async (_, query) => {
      expectWireError(await visit({ iss: provider.issuer, ...query }), 400, 'invalid_request');
    });

    it('another browser than the one that began', async () => {
      expectWireError(await visit(await returned(), new Browser()), 400, 'invalid_request');
    });

    it('a browser that began another attempt only', async () => {
      const query = await returned();
      const other = new Browser();
      await other.visit(app.client.url('/auth/v2/login', { redirect_uri: callback() }), { stopAt: provider.issuer });
      expectWireError(await visit(query, other), 400, 'invalid_request');
    });

    it('a state for the second time', async () => {
      const query = await returned();
      const page = await browser.visit(app.client.url('/auth/v2/callback', query));
      expect(page.status).toBe(200);
      expectWireError(await visit(query), 400, 'invalid_request');
    });

    it('a state that was changed by one character', async () => {
      const { state, ...query } = await returned();
      const middle = Math.floor(state.length / 2);
      const changed = state.slice(0, middle) + (state[middle] === 'A' ? 'B' : 'A') + state.slice(middle + 1);
      expectWireError(await visit({ ...query, state: changed }), 400, 'invalid_request');
    });

    it('a state for a native client', async () => {
      const { code, state, iss } = await app.client.codeFor(loopbackTarget, { browser });
      expectWireError(await visit({ code, state, iss }), 400, 'invalid_request');
    });

    it('a state that was sealed more than ten minutes ago', async () => {
      let now = Date.now();
      const other = await bootAuthApp(adapter, provider, { auth: { now: () => now } });
      const target = other.client.url('/auth/v2/callback');
      const { code, state, iss } = await other.client.codeFor(target, { browser });
      now += 601_000;
      const cookie = browser.cookies.header(new URL(target)) ?? '';
      const answer = await other.client.get('/auth/v2/callback', { code, state, iss }, { headers: { cookie } });
      expectWireError(answer, 400, 'invalid_request');
      await other.close();
    });

    it('no iss, which the provider promises to send', async () => {
      const { code, state } = await returned();
      expectWireError(await visit({ code, state }), 400, 'invalid_request');
    });

    it('the iss of another provider', async () => {
      expectWireError(await visit({ ...(await returned()), iss: 'https://evil.example.org' }), 400, 'invalid_request');
    });

    it.each(['code', 'state', 'iss'])('a repeated %s', async (name) => {
      const query = await returned();
      expectWireError(await visit([...Object.entries(query), [name, 'again']]), 400, 'invalid_request');
    });

    it('a code that is missing', async () => {
      const { state, iss } = await returned();
      expectWireError(await visit({ state, iss }), 400, 'invalid_request');
    });

    it('a code that the provider refuses', async () => {
      expectWireError(await visit({ ...(await returned()), code: 'wrong' }), 400, 'invalid_grant');
    });
  });

  it("tells the user's no as the provider's error", async () => {
    const page = await signIn(browser, app.client.url('/auth/v2/login', { redirect_uri: callback() }), { deny: true });
    expect(page.status).toBe(400);
    expect(JSON.parse(page.body)).toMatchObject({ error: 'access_denied' });
  });

  it('tells login_required where prompt=none finds nobody logged in', async () => {
    const page = await signIn(browser, app.client.url('/auth/v2/login', { redirect_uri: callback(), prompt: 'none' }));
    expect(page.status).toBe(400);
    expect(JSON.parse(page.body)).toMatchObject({ error: 'login_required' });
  });

  it("repeats nothing of the provider's error but its code", async () => {
    const { state, iss } = await returned();
    const answer = await visit({
      state,
      iss,
      error: 'access_denied',
      error_description: 'Ask evil.example.org for help',
    });
    expectWireError(answer, 400, 'access_denied');
    expect(answer.text).not.toContain('evil.example.org');
  });

  it('answers HEAD with 405 and leaves the attempt as it is', async () => {
    const query = await returned();
    const cookie = browser.cookies.header(new URL(callback())) ?? '';
    const head = await app.client.head('/auth/v2/callback', query, { headers: { cookie } });
    expect(head.status).toBe(405);
    expect(head.headers.get('allow')).toContain('GET');
    expect(head.headers.getSetCookie()).toEqual([]);
    expectTokens(await visit(query), false);
  });
});

describe.each(adapters)('GET /auth/v2/callback on %s, while the token endpoint', (adapter) => {
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

  /** Begins a log-in and comes back from the stub with a code. */
  const comeBack = async (idToken: Record<string, unknown> = {}): Promise<WireAnswer> => {
    const redirect_uri = app.client.url('/auth/v2/callback');
    const { headers } = await app.client.get('/auth/v2/login', { redirect_uri });
    const { searchParams } = new URL(headers.get('location') ?? '');
    const nonce = searchParams.get('nonce') ?? '';
    const answer = await stub.tokens({ nonce, ...idToken });
    if (!stub.handles('token')) stub.on('token', () => answer);
    const cookie = headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ');
    const query = { code: 'the-code', state: searchParams.get('state') ?? '' };
    return app.client.get('/auth/v2/callback', query, { headers: { cookie } });
  };

  it('is well, redeems the code with the verifier of the challenge', async () => {
    const answer = await comeBack();
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(stub.requestsTo('token').at(-1)?.form ?? [])).toMatchObject({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: app.client.url('/auth/v2/callback'),
      code_verifier: expect.stringMatching(/^[\w.~-]{43,128}$/),
    });
  });

  it.each([
    ['answers 500', status(500)],
    ['is overloaded', overloaded(3)],
    ['breaks off', halfBody],
  ])('%s, answers 503 with Retry-After', async (_, fault) => {
    stub.on('token', fault);
    const answer = await comeBack();
    expectWireError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    ['sends no JSON', notJson],
    ['sends a list', json([])],
    ['sends no access token', json({ token_type: 'Bearer' })],
    ['redirects', redirect('http://127.0.0.1:1/', 307)],
    ['refuses this client', json({ error: 'invalid_client', error_description: 'secret-detail' }, 401)],
  ])('%s, answers 502', async (_, fault) => {
    stub.on('token', fault);
    const answer = await comeBack();
    expectWireError(answer, 502, 'server_error');
    expect(answer.text).not.toContain('secret-detail');
  });

  it('sends no ID token, answers 502', async () => {
    const { id_token: _, ...others } = await stub.tokens();
    stub.on('token', json(others));
    expectWireError(await comeBack(), 502, 'server_error');
  });

  it.each([
    ['for another client', { aud: 'another-client' }],
    ['of another issuer', { iss: 'https://evil.example.org' }],
    ['for another authorized party', { azp: 'another-client' }],
    ['that has expired', { exp: 1 }],
    ['from the future', { iat: Math.floor(Date.now() / 1000) + 86_400 }],
  ])('sends an ID token %s, answers 502', async (_, claims) => {
    expectWireError(await comeBack(claims), 502, 'server_error');
  });

  it.each([
    ['another nonce', { nonce: 'another' }],
    ['no nonce', { nonce: undefined }],
  ])('sends an ID token with %s, refuses the log-in', async (_, claims) => {
    expectWireError(await comeBack(claims), 400, 'invalid_grant');
  });
});
