import { describe, expect, it } from '@jest/globals';
import { calculatePKCECodeChallenge, randomPKCECodeVerifier } from 'openid-client';
import { Browser } from '../../support/browser.js';
import { expectSecondsAfter, expectTokens, expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { loopbackTarget, type WireAnswer } from '../../support/wire-client.js';
import { modes } from './support/apps.js';
import { codeAt, logIn, returnTo } from './support/log-in.js';
import type { Site } from './support/site.js';

/** Lifetimes of the realm, in seconds: of its access tokens, and of a session that is not used. */
const ACCESS = 300;
const IDLE = 1_800;

export function codeFlow(site: () => Site): void {
  describe.each(modes)('a log-in by code at Keycloak, in %s mode,', (mode) => {
    const app = () => site().apps[mode];
    const expectAlice = async (answer: WireAnswer) => {
      expectTokens(answer, true);
      const access = String(answer.json.access_token);
      const { status, json } = await app().client.get('/me', {}, { bearer: access });
      expect({ status, json }).toMatchObject({ status: 200, json: { preferred_username: 'alice', aud: audiences } });
      expect(claimsOf(access).iss).toBe(mode === 'broker' ? app().url : site().keycloak.issuer);
    };
    const audiences = mode === 'broker' ? 'own-api' : (expect.arrayContaining(['my-api']) as unknown);

    it('of a native client ends in tokens that work', async () => {
      const answer = await logIn(app());
      await expectAlice(answer);
      expectSecondsAfter(answer, answer.json.refresh_expires, IDLE);
      // an access token of ours would live for an hour, but not longer than its session
      expect(answer.json.expires_in).toBe(mode === 'broker' ? IDLE : ACCESS);
    });

    it("by the application's own callback ends in tokens that work", async () => {
      const browser = new Browser();
      const callback = app().client.url('/auth/v2/callback');
      const parameters = Object.fromEntries(await returnTo(callback, app(), { browser }));
      expect(parameters).toEqual({
        code: expect.any(String),
        state: expect.any(String),
        iss: site().keycloak.issuer,
        session_state: expect.any(String),
      });
      const cookie = browser.cookies.header(new URL(callback)) ?? '';
      await expectAlice(await app().client.get('/auth/v2/callback', parameters, { headers: { cookie } }));
    });

    it('of a client that does PKCE itself ends in tokens that work', async () => {
      const verifier = randomPKCECodeVerifier();
      const challenge = await calculatePKCECodeChallenge(verifier);
      const parameters = { code_challenge: challenge, code_challenge_method: 'S256', state: 'its-own' };
      const { code, state, iss } = await codeAt(app(), { parameters });
      expect(state).toBe('its-own');
      const form = { code, iss, redirect_uri: loopbackTarget, code_verifier: verifier };
      await expectAlice(await app().client.post('/auth/v2/token', form));
    });

    it('ends on any port of loopback', async () => {
      for (const redirectUri of ['http://localhost:53100/callback', 'http://127.0.0.1:53105/callback']) {
        const parameters = await returnTo(redirectUri, app());
        const [code, state] = [parameters.get('code') ?? '', parameters.get('state') ?? ''];
        await expectAlice(await app().client.redeem({ code, state, iss: '', redirectUri }));
      }
    });

    it('of a public client ends in tokens that work', async () => {
      const other = await site().boot(mode, { client: 'command-line' });
      const { json } = await logIn(other);
      const { status } = await other.client.get('/me', {}, { bearer: String(json.access_token) });
      expect(status).toBe(200);
    });

    it('needs no password where the browser is logged in already, and says so where it is not', async () => {
      const browser = new Browser();
      const silent = { browser, parameters: { prompt: 'none' } };
      const refused = Object.fromEntries(await returnTo(loopbackTarget, app(), silent));
      expect(refused).toMatchObject({ error: 'login_required', state: expect.any(String) });
      await logIn(app(), { browser });
      await expectAlice(await logIn(app(), silent));
    });

    it('ends as the user decides where Keycloak asks for consent', async () => {
      const other = await site().boot(mode, { client: 'browser-only' });
      const parameters = { offline_access: 'true', prompt: 'consent' };
      const denied = await returnTo(loopbackTarget, other, { deny: true, parameters });
      expect(Object.fromEntries(denied)).toMatchObject({ error: 'access_denied', state: expect.any(String) });
      expectTokens(await logIn(other, { parameters }), true);
      const callback = other.client.url('/auth/v2/callback');
      const browser = new Browser();
      const refusal = Object.fromEntries(await returnTo(callback, other, { browser, deny: true, parameters }));
      const cookie = browser.cookies.header(new URL(callback)) ?? '';
      expectWireError(
        await other.client.get('/auth/v2/callback', refusal, { headers: { cookie } }),
        400,
        'access_denied',
      );
    });

    it('takes its code once', async () => {
      const login = await codeAt(app());
      await expectAlice(await app().client.redeem(login));
      expectWireError(await app().client.redeem(login), 400, 'invalid_grant');
    });
  });

  it('Keycloak refuses whoever does not do PKCE', async () => {
    const address = await site().apps.broker.client.authorizationRequest({ redirect_uri: loopbackTarget });
    address.searchParams.delete('code_challenge');
    address.searchParams.delete('code_challenge_method');
    const { url } = await new Browser().visit(address, { stopAt: loopbackTarget });
    expect(url.searchParams.get('error')).toBe('invalid_request');
  });
}
