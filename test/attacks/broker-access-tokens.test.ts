import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newSigningKey, type SigningKey } from '../../lib/broker/signing-key.js';
import { Vault } from '../../lib/broker/vault.js';
import { bootBroker, encryptionKey, type BrokerApp } from '../broker/e2e/support/broker-app.js';
import { expectOpen, expectShut } from '../broker/e2e/support/expect-doors.js';
import { sessionAt } from '../broker/e2e/support/stub-logins.js';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey } from '../support/keys.js';
import { LoopbackServer } from '../support/loopback.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { signingKeysIn, watchedStore, type WatchedStore } from './support/broker-store.js';
import { hmacSigned, signedBy, withSignature } from './support/forge.js';
import { altered, publicKeyTexts } from './support/tokens.js';

const evil = await signingKey('RS256', 'evil');
const elliptic = await signingKey('ES256', 'elliptic');
const now = () => Math.floor(Date.now() / 1000);

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

describe.each(adapters)('an access token in broker mode on %s:', (adapter) => {
  let kept: WatchedStore;
  let app: BrokerApp;
  let own: SigningKey;
  /** A genuine token, its claims, and the header that ours have. */
  let access: string;
  let claims: Record<string, unknown>;
  const header = (others: object = {}) => ({ alg: 'RS256', typ: 'at+jwt', kid: own.kid, ...others });

  beforeAll(async () => {
    kept = watchedStore();
    const broker = { store: kept.store, signing: undefined };
    app = await bootBroker(adapter, stub, { broker, auth: { now: kept.clock.now } });
    [own] = (await signingKeysIn(kept.store, encryptionKey)) as [SigningKey];
  });
  beforeEach(async () => {
    ({ access } = await sessionAt(app, stub));
    claims = claimsOf(access);
  });
  afterEach(() => expectOpen(app, access));
  afterAll(() => app.close());

  const refuses = async (token: string, reason: string) => {
    await expectShut(app, token, reason);
    await expectShut(app, token, reason, '/maybe');
  };

  it.each(['none', 'None', 'NONE', ''])('alg %j', async (alg) => {
    await refuses(withSignature(header({ alg }), claims), 'algorithm_not_allowed');
    await refuses(altered(access, { header: { alg } }), 'algorithm_not_allowed');
  });

  it('HS256 with our public key as its secret', async () => {
    const published = { ...evil, publicJwk: own.publicJwk };
    for (const secret of Object.values(await publicKeyTexts(published))) {
      for (const alg of ['HS256', 'hs256', 'HS384', 'HS512']) {
        await refuses(hmacSigned(secret, header({ alg }), claims), 'algorithm_not_allowed');
      }
      await refuses(hmacSigned(secret, header(), claims), 'signature_invalid');
    }
  });

  it('an algorithm that is none of ours, or does not fit our key', async () => {
    for (const alg of ['RS384', 'RS512', 'PS256', 'ES384', 'rs256', 'RSA-OAEP', 'dir']) {
      await refuses(altered(access, { header: { alg } }), 'algorithm_not_allowed');
    }
    for (const alg of ['ES256', 'EdDSA']) await refuses(altered(access, { header: { alg } }), 'key_unknown');
    await refuses(signedBy(elliptic, header({ alg: 'ES256' }), claims), 'key_unknown');
  });

  it.each<[name: string, kid: unknown]>([
    ['unknown', 'unknown'],
    ['of the key of somebody else', evil.kid],
    ['that is a path', '../../../../dev/null'],
    ['that is SQL', "' UNION SELECT 'secret' --"],
    ['that is an address', 'https://evil.example.org/jwks'],
    ['that is empty', ''],
    ['that is a number', 1],
    ['that is null', null],
    ['that is a list', ['a']],
    ['of 10 kB', 'k'.repeat(7_000)],
    ['of the language', '__proto__'],
  ])('a kid %s', async (_, kid) => {
    await refuses(signedBy(evil, header({ kid }), claims), 'key_unknown');
  });

  it('by a key of somebody else under our kid, or without any', async () => {
    await refuses(signedBy(evil, header(), claims), 'signature_invalid');
    await refuses(signedBy(evil, header({ kid: undefined }), claims), 'signature_invalid');
  });

  it('a key in the header: jwk, jku, x5u, x5c', async () => {
    const visits: unknown[] = [];
    const lair = await LoopbackServer.start((request, response) => {
      visits.push(request.url);
      response.writeHead(200).end(JSON.stringify({ keys: [evil.publicJwk] }));
    });
    const carried = [
      { jwk: evil.publicJwk },
      { jku: `${lair.origin}/jwks` },
      { x5u: `${lair.origin}/certificate` },
      { x5c: ['MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'] },
    ];
    for (const one of carried) {
      await refuses(signedBy(evil, header(one), claims), 'signature_invalid');
      await refuses(signedBy(evil, header({ ...one, kid: evil.kid }), claims), 'key_unknown');
    }
    expect(visits).toEqual([]);
    await lair.close();
  });

  it.each<[name: string, others: object]>([
    ['crit', { crit: ['exp'] }],
    ['crit of b64', { crit: ['b64'], b64: false }],
    ['crit that is empty', { crit: [] }],
    ['b64', { b64: false }],
  ])('%s, even under our own key', async (_, others) => {
    await refuses(signedBy(own.privateKey, header(others), claims), 'critical_header');
  });

  it.each([undefined, 'JWT', 'jwt', 'AT+JWT', 'application/at+jwt', 'logout+jwt', 'dpop+jwt', '', null, ['at+jwt']])(
    'typ %j, even under our own key',
    async (typ) => {
      await refuses(signedBy(own.privateKey, header({ typ }), claims), 'token_type');
    },
  );

  it('what the provider issues: ID tokens and access tokens', async () => {
    await refuses(await stub.idToken(), 'token_type');
    await refuses(await stub.idToken({ aud: 'own-api' }, { typ: 'JWT' }), 'token_type');
    await refuses(await stub.accessToken({}, { typ: 'JWT' }), 'token_type');
    await refuses(await stub.accessToken(), 'key_unknown');
    await refuses(await stub.accessToken({ ...claims }), 'key_unknown');
    await refuses(await stub.accessToken({ ...claims }, { kid: own.kid }), 'signature_invalid');
  });

  it('our own refresh token', async () => {
    const { refresh } = await sessionAt(app, stub);
    await refuses(refresh, 'token_malformed');
  });

  it('equal to one that was let in but for one claim, a header or the signature, through the cache', async () => {
    await expectOpen(app, access);
    const changes = [
      { sub: 'admin' },
      { groups: ['admins'] },
      { scope: 'openid admin' },
      { exp: 9_999_999_999 },
      { aud: ['own-api', 'more'] },
      { jti: 'another' },
      { sid: 'A'.repeat(22) },
    ];
    for (const change of changes) await refuses(altered(access, { claims: change }), 'signature_invalid');
    await refuses(altered(access, { header: { cty: 'x' } }), 'signature_invalid');
    await refuses(altered(access, { signature: 'A'.repeat(342) }), 'signature_invalid');
    await refuses(altered(access, { signature: '' }), 'signature_invalid');
  });

  const day = 86_400;
  it.each<[name: string, change: () => object, reason: string]>([
    ['expired', () => ({ iat: now() - day, exp: now() - 10 }), 'expired'],
    ['without exp', () => ({ exp: undefined }), 'expiry_missing'],
    ['with an exp that is text', () => ({ exp: String(now() + 60) }), 'claim_malformed'],
    ['issued tomorrow', () => ({ iat: now() + day, exp: now() + 2 * day }), 'issued_in_future'],
    ['not valid yet', () => ({ nbf: now() + day }), 'not_yet_valid'],
    ['for the audience of the provider', () => ({ aud: 'my-api' }), 'audience_mismatch'],
    ['for the client', () => ({ aud: 'my-client' }), 'audience_mismatch'],
    ['for an audience in another case', () => ({ aud: 'OWN-API' }), 'audience_mismatch'],
    ['for nobody', () => ({ aud: undefined }), 'audience_mismatch'],
    ['whose issuer has a slash at its end', () => ({ iss: `${app.url}/` }), 'issuer_unknown'],
    ['whose issuer is the provider', () => ({ iss: stub.issuer }), 'issuer_unknown'],
    ['whose issuer is a list', () => ({ iss: [app.url] }), 'issuer_unknown'],
    ['without issuer', () => ({ iss: undefined }), 'issuer_unknown'],
    ['without subject', () => ({ sub: undefined }), 'claim_malformed'],
    ['without client_id', () => ({ client_id: undefined }), 'claim_malformed'],
    [
      'that is bound to a key',
      () => ({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }),
      'sender_constrained',
    ],
    ['that is bound to nothing', () => ({ cnf: null }), 'sender_constrained'],
    ['of a session that never was', () => ({ sid: 'A'.repeat(22) }), 'session_ended'],
  ])('%s, even under our own key', async (_, change, reason) => {
    await refuses(signedBy(own.privateKey, header(), { ...claims, ...change() }), reason);
  });

  it("naming another session's sid and jti, under a key of somebody else", async () => {
    const other = claimsOf((await sessionAt(app, stub)).access);
    const { sid, jti } = other;
    await refuses(signedBy(evil, header(), { ...claims, sid, jti }), 'signature_invalid');
    await refuses(await stub.accessToken({ ...claims, sid, jti }), 'key_unknown');
    await refuses(altered(access, { claims: { sid, jti } }), 'signature_invalid');
  });

  it('of a session that has ended, though remembered as verified', async () => {
    const { access: bearer } = await sessionAt(app, stub);
    await expectOpen(app, bearer);
    expect((await app.client.post('/auth/v2/logout', {}, { bearer })).status).toBe(200);
    await refuses(bearer, 'session_ended');
  });

  it("a log-out with a forged token ends nobody's session", async () => {
    for (const bearer of [altered(access, { claims: { jti: 'x' } }), signedBy(evil, header(), claims)]) {
      const { status, json } = await app.client.post('/auth/v2/logout', {}, { bearer });
      expect({ status, error: json.error }).toEqual({ status: 401, error: 'invalid_token' });
      expect((await app.client.post('/auth/v2/revoke', { token: bearer })).status).toBe(200);
    }
    expect(app.told.ended.filter(({ session }) => session === claims.sid)).toEqual([]);
  });

  it('by a key that has been taken out of the store, though remembered as verified', async () => {
    await expectOpen(app, access);
    await kept.store.addKey(await newSigningKey(2, 'RS256', 0, new Vault([encryptionKey])));
    await kept.store.removeKey(1);
    kept.clock.advance(2);
    const [next] = (await signingKeysIn(kept.store, encryptionKey)) as [SigningKey];
    // an unknown kid of our own makes a process look at the keys again
    const newer = signedBy(next.privateKey, header({ kid: next.kid }), claims);
    await expectOpen(app, newer);
    await refuses(access, 'key_unknown');
    access = newer;
  });
});
