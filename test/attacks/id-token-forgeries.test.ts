import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { adapters } from '../support/apps.js';
import { clients } from '../support/provider.js';
import { signingKey } from '../support/keys.js';
import { hmacSigned, replacePart, signedBy, withSignature } from './support/forge.js';
import { answerWith, idTokenClaims, idTokenFlows } from './support/id-tokens.js';
import { expectRefused, targetOn, badAnswer, type Target } from './support/target.js';
import { publicKeyTexts } from './support/tokens.js';

type Forge = (target: Target, nonce: string) => string | Promise<string>;

const header = ({ stub }: Target) => ({ alg: 'RS256', kid: stub.key.kid });
const genuine = (target: Target, nonce: string) =>
  signedBy(target.stub.key, header(target), idTokenClaims(target, nonce));
const withHeader =
  (others: object): Forge =>
  (target, nonce) =>
    signedBy(target.stub.key, { ...header(target), ...others }, idTokenClaims(target, nonce));
const withClaims =
  (others: object): Forge =>
  (target, nonce) =>
    signedBy(target.stub.key, header(target), { ...idTokenClaims(target, nonce), ...others });
const hmac =
  (secret: (target: Target) => string | Promise<string>): Forge =>
  async (target, nonce) =>
    hmacSigned(await secret(target), { ...header(target), alg: 'HS256' }, idTokenClaims(target, nonce));

const weakKey = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

const forgeries: [name: string, forge: Forge][] = [
  ['alg none, without signature', (target, nonce) => withSignature({ alg: 'none' }, idTokenClaims(target, nonce))],
  [
    'alg None with a kid',
    (target, nonce) => withSignature({ ...header(target), alg: 'None' }, idTokenClaims(target, nonce)),
  ],
  ['alg NONE and a signature', withHeader({ alg: 'NONE' })],
  ['no alg', withHeader({ alg: undefined })],
  ['alg as a list', withHeader({ alg: ['RS256'] })],
  ['HS256 with the client secret', hmac(() => clients.basic.clientSecret)],
  ['HS256 with the public key as PEM', hmac(async ({ stub }) => (await publicKeyTexts(stub.key)).PEM ?? '')],
  ['HS256 with the public key as JWK', hmac(async ({ stub }) => (await publicKeyTexts(stub.key)).JWK ?? '')],
  ['HS256 with nothing', hmac(() => '')],
  ['ES256 in the header of an RSA signature', withHeader({ alg: 'ES256' })],
  [
    'another key under the kid of ours',
    async (target, nonce) => signedBy(await signingKey(), header(target), idTokenClaims(target, nonce)),
  ],
  [
    'another key without kid',
    async (target, nonce) => signedBy(await signingKey(), { alg: 'RS256' }, idTokenClaims(target, nonce)),
  ],
  [
    'a key in its header',
    async (target, nonce) => {
      const { privateKey: _, ...key } = await signingKey();
      const own = { ...header(target), kid: key.kid, jwk: key.publicJwk };
      return signedBy({ ...key, privateKey: (await signingKey()).privateKey }, own, idTokenClaims(target, nonce));
    },
  ],
  ['a key set behind its header', withHeader({ kid: 'unknown', jku: 'https://evil.example.org/jwks' })],
  ['a kid that is a number', withHeader({ kid: 1 })],
  ['a kid that is a path', withHeader({ kid: '../../../../dev/null' })],
  ['a critical header', withHeader({ crit: ['exp'], exp: 4_102_444_800 })],
  ['b64: false', withHeader({ b64: false, crit: ['b64'] })],
  ['the type of a log-out token', withHeader({ typ: 'logout+jwt' })],
  ['the type of an access token', withHeader({ typ: 'at+jwt' })],
  [
    'a weak key of 1,024 bits',
    (target, nonce) => {
      const { n, e } = weakKey.export({ format: 'jwk' });
      target.stub.jwks = [...target.stub.jwks, { kty: 'RSA', kid: 'weak', n, e }];
      return signedBy(weakKey, { alg: 'RS256', kid: 'weak' }, idTokenClaims(target, nonce));
    },
  ],
  ['an empty signature', (target, nonce) => withSignature(header(target), idTokenClaims(target, nonce))],
  [
    'claims that were changed afterwards',
    (target, nonce) => replacePart(genuine(target, nonce), 1, { ...idTokenClaims(target, nonce), sub: 'admin' }),
  ],
  ['a payload that is a list', (target) => signedBy(target.stub.key, header(target), '[1]')],
  ['a payload that is no JSON', (target) => signedBy(target.stub.key, header(target), 'sub=admin')],
  [
    'a JWE in its place',
    async (target, nonce) =>
      new CompactEncrypt(Buffer.from(genuine(target, nonce)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(randomBytes(32)),
  ],
];

const claims: [name: string, others: object][] = [
  ['aud that is missing', { aud: undefined }],
  ['aud that is empty', { aud: [] }],
  ['aud with a number', { aud: ['my-client', 5], azp: 'my-client' }],
  ['aud as an object', { aud: { 'my-client': true } }],
  ['aud in upper case', { aud: 'MY-CLIENT' }],
  ['aud with a space', { aud: 'my-client other' }],
  ['aud of a client twice and another', { aud: ['my-client', 'my-client', 'evil'], azp: 'my-client' }],
  ['the audience of access tokens alone', { aud: 'my-api' }],
  ['azp of another client', { azp: 'evil' }],
  ['azp that is a list', { azp: ['my-client'] }],
  ['azp that is empty', { azp: '' }],
  ['azp null', { azp: null }],
  ['several aud and no azp', { aud: ['my-client', 'my-api'] }],
  ['iss that is missing', { iss: undefined }],
  ['iss of another provider', { iss: 'https://evil.example.org' }],
  ['sub that is a number', { sub: 5 }],
  ['sub that is missing', { sub: undefined }],
  ['iat that is text', { iat: 'now' }],
  ['exp that is text', { exp: '4102444800' }],
  ['exp null', { exp: null }],
  ['nbf a day ahead', { nbf: Math.floor(Date.now() / 1000) + 86_400 }],
  ['nbf that is text', { nbf: 'x' }],
];

describe.each(adapters)('a forged ID token on %s,', (adapter) => {
  const target = targetOn(adapter);

  describe.each(idTokenFlows)('in a %s answer:', (flow) => {
    const expectForged = async (forge: Forge) => {
      const jwks = target.stub.jwks;
      const before = target.app.refused.length;
      const { status, json, text } = await answerWith(target, flow, (nonce) => forge(target, nonce));
      const [told, ...more] = target.app.refused.slice(before);
      expect({ status, ...json, told, more }).toEqual({
        status: 502,
        error: 'server_error',
        error_description: expect.any(String),
        detail: json.error_description,
        told: expect.objectContaining({ status: 502, error: 'server_error' }),
        more: [],
      });
      // what openid-client finds is one, what it lets pass and we find is the other
      expect(['id_token_invalid', 'provider_answer_invalid']).toContain(told?.reason);
      expect(text).not.toMatch(/eyJ|stub-user/);
      target.stub.jwks = jwks;
      expect((await answerWith(target, flow, (nonce) => genuine(target, nonce))).status).toBe(200);
    };

    it.each(forgeries)('%s', async (_, forge) => {
      await expectForged(forge);
    });

    it.each(claims)('%s', async (_, others) => {
      await expectForged(withClaims(others));
    });
  });

  it('an access token in the place of the ID token', async () => {
    for (const flow of idTokenFlows) {
      const access = () => target.stub.accessToken({ aud: 'my-client' });
      await expectRefused(target.app, () => answerWith(target, flow, access), badAnswer('id_token_invalid'));
    }
  });

  it('is never the hint with which the browser is sent to log out', async () => {
    const access_token = await target.stub.accessToken();
    const hintAfter = async (idToken: string) => {
      target.stub.on('token', () => target.stub.tokens({}, { access_token, id_token: idToken }));
      await target.client.post('/auth/v2/token', { refresh_token: 'a-refresh-token' });
      const { json } = await target.client.post('/auth/v2/logout', {}, { bearer: access_token });
      const end = await fetch(String(json.logout_url), { redirect: 'manual' });
      return new URL(end.headers.get('location') ?? '').searchParams.get('id_token_hint');
    };
    expect(await hintAfter(await withClaims({ aud: 'evil' })(target, ''))).toBeNull();
    const good = genuine(target, '');
    expect(await hintAfter(good)).toBe(good);
  });
});
