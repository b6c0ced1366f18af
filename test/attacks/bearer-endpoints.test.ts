import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { expectUncached } from '../support/expect-wire.js';
import { signingKey } from '../support/keys.js';
import type { WireAnswer } from '../support/wire-client.js';
import { genuineClaims, targetOn, type BearerTarget } from './support/bearer-target.js';
import { hmacSigned, withSignature } from './support/forge.js';

type Attack = readonly [name: string, token: (target: BearerTarget) => string | Promise<string>, reason: string];

const evil = await signingKey('RS256', 'evil');

const attacks: readonly Attack[] = [
  ['garbage', () => 'garbage', 'token_malformed'],
  ['alg none', ({ stub }) => withSignature({ alg: 'none' }, genuineClaims(stub)), 'algorithm_not_allowed'],
  [
    'HS256',
    ({ stub }) => hmacSigned(JSON.stringify(stub.key.publicJwk), { alg: 'HS256' }, genuineClaims(stub)),
    'algorithm_not_allowed',
  ],
  ['a key of nobody', ({ stub }) => stub.accessToken({}, { jwk: evil.publicJwk }, evil), 'key_unknown'],
  ['a wrong signature', async ({ stub }) => `${await stub.accessToken()}AAAA`, 'signature_invalid'],
  ['an ID token', ({ stub }) => stub.idToken(), 'audience_mismatch'],
  ['an ID token for the API', ({ stub }) => stub.idToken({ aud: 'my-api', nonce: 'n' }), 'not_an_access_token'],
  ['a logout token', ({ stub }) => stub.accessToken({ events: {} }, { typ: 'logout+jwt' }), 'token_type'],
  ['a token that has expired', ({ stub }) => stub.accessToken({ exp: 1 }), 'expired'],
  ['a token of another issuer', ({ stub }) => stub.accessToken({ iss: 'https://else.example' }), 'issuer_unknown'],
  ['a token for another audience', ({ stub }) => stub.accessToken({ aud: 'else' }), 'audience_mismatch'],
  ['a token that is bound to a key', ({ stub }) => stub.accessToken({ cnf: { jkt: 'x' } }), 'sender_constrained'],
];

/** Where our own endpoints take a bearer token. */
const doors: readonly (readonly [
  name: string,
  knock: (target: BearerTarget, bearer: string) => Promise<WireAnswer>,
])[] = [
  ['userinfo', ({ app }, bearer) => app.client.get('/auth/v2/userinfo', {}, { bearer })],
  ['a log-out', ({ app }, bearer) => app.client.post('/auth/v2/logout', {}, { bearer })],
  ['a log-out by form', ({ app }, token) => app.client.post('/auth/v2/logout', { token })],
  ['a log-out by navigation', ({ app }, bearer) => app.client.get('/auth/v2/logout', {}, { bearer })],
];

describe.each(adapters)('our own endpoints that take a bearer token, on %s', (adapter) => {
  const target = targetOn(adapter);

  describe.each(doors)('%s', (_name, knock) => {
    it.each(attacks)('%s', async (_, token, reason) => {
      const { stub, app } = target();
      const bearer = await token(target());
      const answer = await knock(target(), bearer);
      target().refused(answer, { reason });
      expectUncached(answer);
      expect(app.logs.text().includes(bearer) && bearer !== 'garbage').toBe(false);
      expect([stub.calls('userinfo'), stub.calls('revocation')]).toEqual([0, 0]);
      await target().admits();
    });
  });

  it('let a genuine token in after all that', async () => {
    for (const [, knock] of doors) {
      const { status } = await knock(target(), await target().stub.accessToken());
      expect([200, 302]).toContain(status);
    }
    expect([target().stub.calls('userinfo'), target().stub.calls('revocation')]).toEqual([1, 3]);
  });
});
