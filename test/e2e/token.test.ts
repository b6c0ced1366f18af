import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { calculatePKCECodeChallenge, randomPKCECodeVerifier } from 'openid-client';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { expectSecondsAfter, expectTokens, expectWireError } from '../support/expect-wire.js';
import { halfBody, json, notJson, overloaded, status } from '../support/faults.js';
import { claimsOf } from '../support/keys.js';
import { startProvider, users, type TestProvider } from '../support/provider.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { loopbackTarget, offline, type Fields } from '../support/wire-client.js';

const spa = 'https://spa.example.org/signed-in';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

describe.each(adapters)('POST /auth/v2/token on %s', (adapter) => {
  let app: AuthApp;
  beforeAll(async () => {
    app = await bootAuthApp(adapter, provider, { auth: { redirectUris: [spa] } });
  });
  afterAll(() => app.close());

  const post = (form: Fields, headers: Record<string, string> = {}) =>
    app.client.post('/auth/v2/token', form, { headers });

  describe('takes a code with the state in the place of code_verifier', () => {
    it('as the Python client sends it', async () => {
      const target = 'http://localhost:53100/callback';
      const { code, state } = await app.client.codeFor(target, {
        parameters: { offline_access: 'true', prompt: 'consent' },
      });
      expect(state).not.toContain('|');
      const verifier = state.split('|').at(-1) ?? '';
      const answer = await post({
        code,
        redirect_uri: target,
        grant_type: 'authorization_code',
        code_verifier: verifier,
      });
      expectTokens(answer, true);
      expect(claimsOf(String(answer.json.access_token))).toMatchObject({ sub: users.alice.sub, aud: 'my-api' });
    });

    it('also without grant_type', async () => {
      const { code, state, redirectUri } = await app.client.codeFor(loopbackTarget);
      expectTokens(await post({ code, redirect_uri: redirectUri, code_verifier: state }), false);
    });

    it('if the target is an entry of redirectUris and the cookie of the attempt comes along', async () => {
      const browser = new Browser();
      const { code, state, redirectUri } = await app.client.codeFor(spa, { browser });
      const form = { code, redirect_uri: redirectUri, code_verifier: state };
      expectWireError(await post(form), 400, 'invalid_grant');

      const cookie = browser.cookies.header(new URL(app.url)) ?? '';
      expectTokens(await post(form, { cookie }), false);
    });

    it('not if its redirect_uri is not the posted one', async () => {
      const { code, state } = await app.client.codeFor(loopbackTarget);
      const other = loopbackTarget.replace('53100', '53101');
      expectWireError(await post({ code, redirect_uri: other, code_verifier: state }), 400, 'invalid_grant');
    });

    it('not if it was issued for our own callback, cookie or not', async () => {
      const browser = new Browser();
      const own = app.client.url('/auth/v2/callback');
      const { code, state } = await app.client.codeFor(own, { browser });
      const form = { code, redirect_uri: own, code_verifier: state };
      expectWireError(await post(form), 400, 'invalid_grant');
      const cookie = browser.cookies.header(new URL(own)) ?? '';
      expectWireError(await post(form, { cookie }), 400, 'invalid_grant');
    });

    it('not if it belongs to another code', async () => {
      const { state } = await app.client.codeFor(loopbackTarget);
      const { code, redirectUri } = await app.client.codeFor(loopbackTarget);
      expectWireError(await post({ code, redirect_uri: redirectUri, code_verifier: state }), 400, 'invalid_grant');
    });

    it('not if it is more than ten minutes old', async () => {
      let now = Date.now();
      const other = await bootAuthApp(adapter, provider, { auth: { now: () => now } });
      const login = await other.client.codeFor(loopbackTarget);
      now += 601_000;
      expectWireError(await other.client.redeem(login), 400, 'invalid_grant');
      await other.close();
    });

    it('not if the log-in sent a code_challenge', async () => {
      const challenge = await calculatePKCECodeChallenge(randomPKCECodeVerifier());
      const parameters = { code_challenge: challenge, code_challenge_method: 'S256', state: 'my-own-state' };
      const login = await app.client.codeFor(loopbackTarget, { parameters });
      expect(login.state).toBe('my-own-state');
      expectWireError(await app.client.redeem(login), 400, 'invalid_grant');
    });

    it('not if acceptStateAsVerifier is false', async () => {
      const other = await bootAuthApp(adapter, provider, { auth: { acceptStateAsVerifier: false } });
      const login = await other.client.codeFor(loopbackTarget);
      const { status: code, json: body } = await other.client.redeem(login);
      expect({ code, error: body.error }).toEqual({
        code: 400,
        error: expect.stringMatching(/^invalid_(grant|request)$/),
      });
      await other.close();
    });

    it('once', async () => {
      const login = await app.client.codeFor(loopbackTarget);
      expectTokens(await app.client.redeem(login), false);
      expectWireError(await app.client.redeem(login), 400, 'invalid_grant');
    });
  });

  describe("takes a code with the client's own PKCE verifier", () => {
    const logIn = async (redirectUri: string, state = 'xyz') => {
      const verifier = randomPKCECodeVerifier();
      const challenge = await calculatePKCECodeChallenge(verifier);
      const parameters = { code_challenge: challenge, code_challenge_method: 'S256', state };
      const login = await app.client.codeFor(redirectUri, { parameters });
      const form = {
        grant_type: 'authorization_code',
        code: login.code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      };
      return { ...login, form };
    };

    it.each([loopbackTarget, spa])('for %s', async (target) => {
      const { form, state } = await logIn(target, 'a|b c');
      expect(state).toBe('a|b c');
      expectTokens(await post(form), false);
    });

    it('and with the iss of the provider', async () => {
      const { form, iss } = await logIn(loopbackTarget);
      expect(iss).toBe(provider.issuer);
      expectTokens(await post({ ...form, iss }), false);
    });

    it('not with the iss of another', async () => {
      const { form } = await logIn(loopbackTarget);
      expectWireError(await post({ ...form, iss: 'https://evil.example.org' }), 400, 'invalid_grant');
    });

    it('not with another verifier', async () => {
      const { form } = await logIn(loopbackTarget);
      expectWireError(await post({ ...form, code_verifier: randomPKCECodeVerifier() }), 400, 'invalid_grant');
    });

    it('not with another redirect_uri', async () => {
      const { form } = await logIn(loopbackTarget);
      expectWireError(await post({ ...form, redirect_uri: 'http://127.0.0.1:53101/callback' }), 400, 'invalid_grant');
    });
  });

  describe('takes a refresh token', () => {
    const refreshToken = async () => String((await app.client.logIn({ parameters: offline })).json.refresh_token);

    it.each([
      ['refresh_token', {}],
      ['refresh-token', {}],
      ['refresh_token', { grant_type: 'refresh_token' }],
      ['refresh-token', { grant_type: 'refresh_token' }],
    ])('as %s with %j', async (name, others) => {
      const answer = await post({ [name]: await refreshToken(), ...others });
      expectTokens(answer, true);
      expectSecondsAfter(answer, answer.json.refresh_expires, 2_592_000);
    });

    it('in both spellings, if the values are the same', async () => {
      const token = await refreshToken();
      expectTokens(await post({ refresh_token: token, 'refresh-token': token }), true);
    });

    it('and hands on the successor', async () => {
      const first = await refreshToken();
      const { refresh_token: second } = (await post({ refresh_token: first })).json;
      expect(second).not.toBe(first);
      expectWireError(await post({ refresh_token: first }), 400, 'invalid_grant');
    });

    it.each(['unknown', 'x'.repeat(8_000)])('not one that the provider does not know', async (token) => {
      expectWireError(await post({ refresh_token: token }), 400, 'invalid_grant');
    });
  });

  describe('refuses as invalid_request', () => {
    const code = { code: 'c', redirect_uri: loopbackTarget, code_verifier: 'v'.repeat(43) };

    it.each<[string, Fields]>([
      ['an empty form', {}],
      ['nothing but grant_type', { grant_type: 'refresh_token' }],
      ['a code and a refresh token', { ...code, refresh_token: 'r' }],
      ['a refresh token and a device code', { refresh_token: 'r', device_code: 'd' }],
      ['a code and a device code in the other spelling', { ...code, 'device-code': 'd' }],
      ['grant_type=refresh_token with a code', { ...code, grant_type: 'refresh_token' }],
      ['grant_type=authorization_code with a refresh token', { refresh_token: 'r', grant_type: 'authorization_code' }],
      ['both spellings of a refresh token with different values', { refresh_token: 'r', 'refresh-token': 's' }],
      ['both spellings of a device code with different values', { device_code: 'r', 'device-code': 's' }],
      ['a code without redirect_uri', { code: 'c', code_verifier: 'v'.repeat(43) }],
      ['a code without code_verifier', { code: 'c', redirect_uri: loopbackTarget }],
      ['a code for a target that is not allowed', { ...code, redirect_uri: 'https://evil.example.org/' }],
      ['an empty code', { ...code, code: '' }],
      [
        'a repeated refresh token',
        [
          ['refresh_token', 'r'],
          ['refresh_token', 'r'],
        ],
      ],
      [
        'a repeated grant_type',
        [
          ['refresh_token', 'r'],
          ['grant_type', 'refresh_token'],
          ['grant_type', 'refresh_token'],
        ],
      ],
      ['a list in the way of PHP', [['refresh_token[]', 'r']]],
      ['an object in the way of qs', [['refresh_token[a]', 'r']]],
    ])('%s', async (_, form) => {
      expectWireError(await post(form), 400, 'invalid_request');
    });
  });

  it.each(['password', 'client_credentials', 'implicit', tokenExchange, '__proto__'])(
    'refuses grant_type=%s as unsupported_grant_type',
    async (grant_type) => {
      const form = {
        grant_type,
        subject_token: 't',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      };
      expectWireError(await post(form), 400, 'unsupported_grant_type');
    },
  );
});

describe.each(adapters)('POST /auth/v2/token on %s, with a provider that', (adapter) => {
  let stub: StubProvider;
  let app: AuthApp;
  beforeAll(async () => {
    stub = await startStubProvider();
    app = await bootAuthApp(adapter, stub, { auth: { session: { idle: 1_000 } } });
  });
  afterEach(() => stub.restore());
  afterAll(async () => {
    await app.close();
    await stub.close();
  });

  const refresh = () => app.client.post('/auth/v2/token', { refresh_token: 'r' });

  it('says when its refresh token expires, tells the same', async () => {
    stub.on('token', json(await stub.tokens({}, { refresh_expires_in: 1_800 })));
    const answer = await refresh();
    expectTokens(answer, true);
    expectSecondsAfter(answer, answer.json.refresh_expires, 1_800);
  });

  it.each([0, undefined])('says refresh_expires_in=%s, tells the idle lifetime', async (refresh_expires_in) => {
    stub.on('token', json(await stub.tokens({}, { refresh_expires_in })));
    const answer = await refresh();
    expectTokens(answer, true);
    expectSecondsAfter(answer, answer.json.refresh_expires, 1_000);
  });

  it('does not rotate its refresh tokens, hands on the one at hand', async () => {
    stub.on('token', json(await stub.tokens({}, { refresh_token: undefined })));
    const answer = await refresh();
    expectTokens(answer, true);
    expect(answer.json.refresh_token).toBe('r');
  });

  it('sends no ID token on refresh, is asked no more', async () => {
    stub.on('token', json({ ...(await stub.tokens()), id_token: undefined }));
    expectTokens(await refresh(), true);
  });

  it('is asked once for one refresh', async () => {
    const before = stub.calls('token');
    await refresh();
    expect(stub.calls('token')).toBe(before + 1);
    expect(Object.fromEntries(stub.requestsTo('token').at(-1)?.form ?? [])).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r',
    });
  });

  it.each([
    ['answers 500', status(500)],
    ['is overloaded', overloaded(3)],
    ['breaks off', halfBody],
  ])('%s, is answered 503 with Retry-After', async (_, fault) => {
    stub.on('token', fault);
    const answer = await refresh();
    expectWireError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is down, is answered 503 with Retry-After, and works again as soon as it is back', async () => {
    await refresh();
    await stub.down();
    const answer = await refresh();
    expectWireError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await stub.up();
    expectTokens(await refresh(), true);
  });

  it.each([
    ['sends no JSON', notJson],
    ['sends a list', json([])],
    ['sends no access token', json({ token_type: 'Bearer' })],
    ['sends a token that is no bearer', json({ access_token: 'a', token_type: 'MAC' })],
    ['refuses this client', json({ error: 'invalid_client' }, 401)],
    ['invents an error', json({ error: 'made_up', error_description: 'secret-detail' }, 400)],
  ])('%s, is answered 502', async (_, fault) => {
    stub.on('token', fault);
    const answer = await refresh();
    expectWireError(answer, 502, 'server_error');
    expect(answer.text).not.toContain('secret-detail');
  });

  it.each(['invalid_grant', 'invalid_scope'])('refuses with %s, is passed on without its words', async (error) => {
    stub.on('token', json({ error, error_description: 'secret-detail' }, 400));
    const answer = await refresh();
    expectWireError(answer, 400, error);
    expect(answer.text).not.toContain('secret-detail');
  });

  it('sends an ID token for another client on refresh, is answered 502', async () => {
    stub.on('token', json(await stub.tokens({ aud: 'another-client' })));
    expectWireError(await refresh(), 502, 'server_error');
  });
});
