import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { loopbackTarget } from '../support/wire-client.js';
import { begin, beginWithVerifier, grantTo, redeem } from './support/logins.js';
import { challengeOf, newVerifier } from './support/pkce.js';
import { badGrant, badRequest, expectRefused, targetOn, type Refusal } from './support/target.js';

const spa = 'https://spa.example.org/in';
const elsewhere = 'http://127.0.0.1:53101/callback';

/** The provider in these tests checks no PKCE: what is refused, this package refuses. */
describe.each(adapters)("a log-in with the client's own challenge on %s:", (adapter) => {
  const target = targetOn(adapter, { auth: { redirectUris: [spa] } });

  const expectGenuine = async () => {
    for (const redirectUri of [loopbackTarget, spa]) {
      const verifier = newVerifier();
      grantTo(target, await beginWithVerifier(target.client, redirectUri, verifier));
      expect((await redeem(target.app, verifier, { redirectUri })).status).toBe(200);
    }
  };
  const expectRefusal = async (ask: () => ReturnType<typeof redeem>, refusal: Refusal) => {
    await expectRefused(target.app, ask, refusal);
    await expectGenuine();
  };

  it("somebody else's code, injected into a log-in of my own", async () => {
    const mine = newVerifier();
    await beginWithVerifier(target.client, loopbackTarget, mine);
    grantTo(target, await beginWithVerifier(target.client, loopbackTarget, newVerifier()));
    await expectRefusal(() => redeem(target.app, mine), badGrant('nonce_mismatch'));
  });

  it.each([loopbackTarget, spa])(
    'the code of a log-in by state that ends at %s, with a verifier of my own',
    async (redirectUri) => {
      grantTo(target, await begin(target.client, redirectUri));
      await expectRefusal(() => redeem(target.app, newVerifier(), { redirectUri }), badGrant('nonce_mismatch'));
    },
  );

  it('its code, with the state of a log-in of my own in the place of the verifier', async () => {
    const mine = await begin(target.client, loopbackTarget);
    grantTo(target, await beginWithVerifier(target.client, loopbackTarget, newVerifier()));
    await expectRefusal(() => redeem(target.app, mine.state), badGrant('nonce_mismatch'));
  });

  it('its code, for which a state of my own was passed through', async () => {
    const mine = await begin(target.client, loopbackTarget);
    const smuggled = await beginWithVerifier(target.client, loopbackTarget, newVerifier(), mine.state.slice(0, 512));
    expect(mine.state.startsWith(smuggled.state)).toBe(true);
    grantTo(target, smuggled);
    await expectRefusal(() => redeem(target.app, mine.state), badGrant('nonce_mismatch'));
  });

  it('its challenge in the place of its verifier', async () => {
    const verifier = newVerifier();
    grantTo(target, await beginWithVerifier(target.client, loopbackTarget, verifier));
    await expectRefusal(() => redeem(target.app, challengeOf(verifier)), badGrant('nonce_mismatch'));
  });

  it('another redirect_uri than the one with which it began', async () => {
    const verifier = newVerifier();
    grantTo(target, await beginWithVerifier(target.client, loopbackTarget, verifier));
    for (const redirectUri of [elsewhere, spa, target.client.url('/auth/v2/callback')]) {
      await expectRefusal(() => redeem(target.app, verifier, { redirectUri }), badGrant('nonce_mismatch'));
    }
    const redirectUri = 'https://evil.example.org/in';
    await expectRefusal(() => redeem(target.app, verifier, { redirectUri }), badRequest('redirect_uri_not_allowed'));
  });

  it.each(['https://evil.example.org', 'null', '__proto__'])('the answer of another issuer, %s', async (iss) => {
    const verifier = newVerifier();
    grantTo(target, await beginWithVerifier(target.client, loopbackTarget, verifier));
    const asked = target.stub.calls('token');
    const ask = () => redeem(target.app, verifier, {}, { iss });
    await expectRefused(target.app, ask, badGrant('issuer_mismatch'));
    expect(target.stub.calls('token')).toBe(asked);
    expect((await redeem(target.app, verifier, {}, { iss: target.stub.issuer })).status).toBe(200);
  });

  it('several issuers', async () => {
    const form: [string, string][] = [
      ['code', 'a-code'],
      ['redirect_uri', loopbackTarget],
      ['code_verifier', newVerifier()],
      ['iss', target.stub.issuer],
      ['iss', 'https://evil.example.org'],
    ];
    await expectRefusal(() => target.client.post('/auth/v2/token', form), badRequest('repeated_parameter'));
  });

  it('no verifier, and ones that are too short, too long or of other characters', async () => {
    grantTo(target, await beginWithVerifier(target.client, loopbackTarget, newVerifier()));
    const asked = target.stub.calls('token');
    await expectRefused(target.app, () => redeem(target.app, ''), badRequest('missing_parameter'));
    for (const verifier of ['a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)}!`, `${'a'.repeat(42)} `]) {
      await expectRefused(target.app, () => redeem(target.app, verifier), badGrant('state_invalid'));
    }
    expect(target.stub.calls('token')).toBe(asked);
    await expectGenuine();
  });

  it.each([
    ['plain', { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }, 'invalid_parameter'],
    ['no method', { code_challenge: 'a'.repeat(43) }, 'invalid_parameter'],
    ['a method alone', { code_challenge_method: 'S256' }, 'contradicting_parameters'],
    ['a nonce of its own alone', { state: 'x', nonce: 'y' }, 'contradicting_parameters'],
  ])('begun with %s', async (_, parameters, reason) => {
    const ask = () => target.client.get('/auth/v2/login', { redirect_uri: loopbackTarget, ...parameters });
    await expectRefused(target.app, ask, badRequest(reason));
    await expectGenuine();
  });

  it('begun for our own callback, which would redeem it for whoever comes', async () => {
    const redirect_uri = target.client.url('/auth/v2/callback');
    const own = { code_challenge: challengeOf(newVerifier()), code_challenge_method: 'S256' };
    const ask = () => target.client.get('/auth/v2/login', { redirect_uri, ...own });
    await expectRefused(target.app, ask, badRequest('contradicting_parameters'));
    await expectGenuine();
  });

  it('begun with parameters that belong to the server: none goes on to the provider', async () => {
    const verifier = newVerifier();
    const url = await target.client.authorizationRequest({
      redirect_uri: loopbackTarget,
      code_challenge: challengeOf(verifier),
      code_challenge_method: 'S256',
      nonce: 'mine',
      client_id: 'evil',
      response_type: 'token',
      response_mode: 'fragment',
      request: 'a.b.c',
      request_uri: 'https://evil.example.org/request',
      claims: '{}',
      id_token_hint: 'x',
    });
    const names = [...url.searchParams.keys()].sort();
    expect(names).toEqual(
      [
        'client_id',
        'code_challenge',
        'code_challenge_method',
        'nonce',
        'redirect_uri',
        'response_type',
        'scope',
      ].sort(),
    );
    expect(url.href).not.toMatch(/evil|mine|fragment|token/);
    await expectGenuine();
  });
});
