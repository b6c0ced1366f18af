import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { calculatePKCECodeChallenge, randomPKCECodeVerifier } from 'openid-client';
import { adapters } from '../../support/apps.js';
import { Browser } from '../../support/browser.js';
import { expectSecondsAfter, expectTokens, expectWireError } from '../../support/expect-wire.js';
import { claimsOf, headerOf } from '../../support/keys.js';
import { startProvider, users, type TestProvider } from '../../support/provider.js';
import { answerDevice } from '../../support/sign-in.js';
import { loopbackTarget, offline, type WireAnswer } from '../../support/wire-client.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { ProviderTraffic } from './support/provider-traffic.js';
import { refresh } from './support/stub-logins.js';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

describe.each(adapters)('a log-in in broker mode on %s', (adapter) => {
  const traffic = new ProviderTraffic();
  let app: BrokerApp;
  beforeAll(async () => {
    app = await bootBroker(adapter, provider, { auth: { fetch: traffic.fetch } });
  });
  afterAll(() => app.close());

  /** That an answer is ours, and that it and its tokens work. */
  const expectOurs = async (answer: WireAnswer, user: keyof typeof users, refreshable: boolean) => {
    expectTokens(answer, refreshable);
    traffic.expectKeptFrom(answer);
    const access = String(answer.json.access_token);
    expect(headerOf(access)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    expect(claimsOf(access)).toMatchObject({ iss: app.url, aud: 'own-api', sub: users[user].sub });
    expect((await app.client.get('/me', {}, { bearer: access })).json).toEqual(claimsOf(access));
  };

  it("by the application's own callback ends in our tokens", async () => {
    const browser = new Browser();
    const own = app.client.url('/auth/v2/callback');
    const { code, state, iss } = await app.client.codeFor(own, { browser, user: 'bob', parameters: offline });
    const cookie = browser.cookies.header(new URL(own)) ?? '';
    const answer = await app.client.get('/auth/v2/callback', { code, state, iss }, { headers: { cookie } });
    await expectOurs(answer, 'bob', true);
  });

  it('of a native client, with the state in the place of the verifier, ends in our tokens', async () => {
    await expectOurs(await app.client.logIn({ parameters: offline }), 'alice', true);
  });

  it('of a client that does PKCE itself ends in our tokens', async () => {
    const verifier = randomPKCECodeVerifier();
    const challenge = await calculatePKCECodeChallenge(verifier);
    const parameters = { code_challenge: challenge, code_challenge_method: 'S256', state: 'its-own', ...offline };
    const { code, state } = await app.client.codeFor(loopbackTarget, { parameters });
    expect(state).toBe('its-own');
    const form = { code, redirect_uri: loopbackTarget, code_verifier: verifier };
    await expectOurs(await app.client.post('/auth/v2/token', form), 'alice', true);
  });

  it('of a device ends in our tokens, and its device code is ours', async () => {
    const started = await app.client.post('/auth/v2/device');
    const { device_code, verification_uri_complete } = started.json;
    traffic.expectKeptFrom(started);
    const poll = () => app.client.post('/auth/v2/token', { device_code: String(device_code) });
    expectWireError(await poll(), 400, 'authorization_pending');
    await answerDevice(new Browser(), String(verification_uri_complete), { user: 'carol' });
    await expectOurs(await poll(), 'carol', true);
  });

  it('tells when the refresh token expires: after the idle lifetime, where the provider does not say', async () => {
    const answer = await app.client.logIn({ parameters: offline });
    expectSecondsAfter(answer, answer.json.refresh_expires, 2_592_000);
    expect(answer.json.expires_in).toBe(3_600);
  });

  it('gives no refresh token where offline access was not asked for', async () => {
    await expectOurs(await app.client.logIn(), 'alice', false);
  });

  it('is a session of its own each time', async () => {
    const [first, second] = [await app.client.logIn(), await app.client.logIn()];
    const sids = [first, second].map(({ json }) => claimsOf(String(json.access_token)).sid);
    expect(sids).toEqual([expect.stringMatching(/^[\w-]{22}$/), expect.stringMatching(/^[\w-]{22}$/)]);
    expect(sids[0]).not.toBe(sids[1]);
  });

  it('goes on with refreshes, whose answers hold our tokens alone', async () => {
    let answer = await app.client.logIn({ parameters: offline });
    const { sid } = claimsOf(String(answer.json.access_token));
    for (let round = 1; round <= 3; round++) {
      const used = String(answer.json.refresh_token);
      answer = await refresh(app, used);
      await expectOurs(answer, 'alice', true);
      expect(answer.json.refresh_token).not.toBe(used);
      expect(claimsOf(String(answer.json.access_token)).sid).toBe(sid);
    }
    expect(traffic.secrets.filter(({ kind }) => kind === 'refresh_token').length).toBeGreaterThanOrEqual(4);
  });

  it('takes refresh tokens in both spellings', async () => {
    const { json } = await app.client.logIn({ parameters: offline });
    const answer = await app.client.post('/auth/v2/token', { 'refresh-token': String(json.refresh_token) });
    await expectOurs(answer, 'alice', true);
  });

  it('that the provider refuses is refused, and leaves nothing', async () => {
    const login = await app.client.codeFor(loopbackTarget);
    const refused = await app.client.redeem({ ...login, code: 'another-code' });
    expectWireError(refused, 400, 'invalid_grant');
    traffic.expectKeptFrom(refused);
  });
});
