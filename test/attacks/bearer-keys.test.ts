import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { describe, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { publishedWithout, signingKey, type SigningKey } from '../support/keys.js';
import { genuineClaims, withTarget, type BearerTarget } from './support/bearer-target.js';
import { hmacSigned, signedBy, withSignature } from './support/forge.js';

const keys = [await signingKey('RS256', 'home')];
const rsa = await signingKey('RS256', 'rsa');
const other = await signingKey('RS256', 'other');
const ec = await signingKey('ES256', 'ec');
const ed = await signingKey('EdDSA', 'ed');
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const weakJwk = { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak' };
const secret = Buffer.alloc(32, 7);

const unknown = 'key_unknown';
const wrong = 'signature_invalid';

/** A key as it is published, a token that leans on it, and why that is refused; the provider's own key stays published. */
type Attack = readonly [name: string, published: unknown, token: (target: BearerTarget) => unknown, reason: string];

const by =
  (key: SigningKey, header: Record<string, unknown> = {}) =>
  ({ stub }: BearerTarget) =>
    stub.accessToken({}, header, key);

const bare = publishedWithout(rsa, 'alg');

const attacks: readonly Attack[] = [
  [
    'JWK without alg: HS256',
    bare,
    ({ stub }) => hmacSigned(String(bare.n), { alg: 'HS256', kid: 'rsa' }, genuineClaims(stub)),
    'algorithm_not_allowed',
  ],
  [
    'JWK without alg: none',
    bare,
    ({ stub }) => withSignature({ alg: 'none', kid: 'rsa' }, genuineClaims(stub)),
    'algorithm_not_allowed',
  ],
  ['JWK without alg: an algorithm of another key type', bare, by(ec, { kid: 'rsa' }), unknown],
  ['JWK without alg: an elliptic key and RS256', publishedWithout(ec, 'alg'), by(rsa, { kid: 'ec' }), unknown],
  ['JWK without alg: a P-256 key and ES384', publishedWithout(ec, 'alg'), by(await signingKey('ES384', 'ec')), unknown],
  ['JWK without alg: an Ed25519 key and ES256', publishedWithout(ed, 'alg'), by(ec, { kid: 'ed' }), unknown],
  ['an EC key with an RS alg: signed by the EC key', { ...ec.publicJwk, alg: 'RS256' }, by(ec), unknown],
  [
    'an EC key with an RS alg: signed by an RSA key',
    { ...ec.publicJwk, alg: 'RS256' },
    by(rsa, { kid: 'ec' }),
    unknown,
  ],
  ['an RSA key with an HS alg', { ...rsa.publicJwk, alg: 'HS256' }, by(rsa), unknown],
  ['an RSA key with alg none', { ...rsa.publicJwk, alg: 'none' }, by(rsa), unknown],
  ['an RSA key for another RS alg', { ...rsa.publicJwk, alg: 'RS512' }, by(rsa), unknown],
  ['an RSA key for encryption by its alg', { ...rsa.publicJwk, alg: 'RSA-OAEP-256' }, by(rsa), unknown],
  ['a key with use enc', { ...rsa.publicJwk, use: 'enc' }, by(rsa), unknown],
  ['a key with another use', { ...rsa.publicJwk, use: ['sig'] }, by(rsa), unknown],
  ['key_ops without verify', { ...rsa.publicJwk, key_ops: ['sign', 'encrypt'] }, by(rsa), unknown],
  ['key_ops that are empty', { ...rsa.publicJwk, key_ops: [] }, by(rsa), unknown],
  ['key_ops that are a string', { ...rsa.publicJwk, key_ops: 'verify' }, by(rsa), unknown],
  ['key_ops that hold verify twice', { ...rsa.publicJwk, key_ops: ['verify', 'verify'] }, by(rsa), unknown],
  [
    'an RSA key of 1024 bits',
    { ...weakJwk, alg: 'RS256', use: 'sig' },
    ({ stub }) => signedBy(weak.privateKey, { alg: 'RS256', kid: 'weak' }, genuineClaims(stub)),
    wrong,
  ],
  [
    'an RSA key of 1024 bits without alg',
    weakJwk,
    ({ stub }) => signedBy(weak.privateKey, { alg: 'PS256', kid: 'weak' }, genuineClaims(stub), true),
    wrong,
  ],
  [
    'a symmetric key in the JWKS: HS256',
    { kty: 'oct', k: secret.toString('base64url'), kid: 'oct', alg: 'HS256', use: 'sig' },
    ({ stub }) => hmacSigned(secret, { alg: 'HS256', kid: 'oct' }, genuineClaims(stub)),
    'algorithm_not_allowed',
  ],
  [
    'a symmetric key in the JWKS: RS256 in the header',
    { kty: 'oct', k: secret.toString('base64url'), kid: 'oct' },
    ({ stub }) => hmacSigned(secret, { alg: 'RS256', kid: 'oct' }, genuineClaims(stub)),
    unknown,
  ],
  [
    'a symmetric key in the JWKS that calls itself RS256',
    { kty: 'oct', k: secret.toString('base64url'), kid: 'oct', alg: 'RS256' },
    ({ stub }) => hmacSigned(secret, { alg: 'RS256', kid: 'oct' }, genuineClaims(stub)),
    unknown,
  ],
  ['a private RSA key in the JWKS', rsa.privateJwk, by(rsa), unknown],
  ['a private EC key in the JWKS', ec.privateJwk, by(ec), unknown],
  ['a private Ed25519 key in the JWKS', ed.privateJwk, by(ed), unknown],
  ['an RSA key whose d is null', { ...rsa.publicJwk, d: null }, by(rsa), unknown],
  [
    "an elliptic signature of zeros (Java's psychic signatures)",
    ec.publicJwk,
    ({ stub }) => withSignature({ alg: 'ES256', kid: 'ec' }, genuineClaims(stub), Buffer.alloc(64)),
    wrong,
  ],
  [
    'an Ed25519 signature of zeros',
    ed.publicJwk,
    ({ stub }) => withSignature({ alg: 'EdDSA', kid: 'ed' }, genuineClaims(stub), Buffer.alloc(64)),
    wrong,
  ],
  ['a point that is not on its curve', { ...ec.publicJwk, x: ec.publicJwk.y, y: ec.publicJwk.x }, by(ec), unknown],
  [
    'the same kid twice: a third key under it',
    [rsa.publicJwk, { ...other.publicJwk, kid: 'rsa' }],
    by(await signingKey('RS256', 'rsa')),
    wrong,
  ],
  [
    'two keys without kid: a third key without kid',
    [publishedWithout(rsa, 'kid'), publishedWithout(other, 'kid')],
    by(await signingKey('RS256'), { kid: undefined }),
    wrong,
  ],
];

describe.each(adapters)('what a key set says, on %s', (adapter) => {
  it.each(attacks)('%s', async (_, published, token, reason) => {
    const jwks: (target: Pick<BearerTarget, 'stub'>['stub']) => unknown[] = ({ key }) =>
      [published, key.publicJwk].flat();
    await withTarget(adapter, { provider: { keys }, jwks }, async (target) => {
      await target.refuses((await token(target)) as string, { reason });
      await target.admits();
    });
  });

  const fitting: readonly (readonly [name: string, published: JWK | JWK[], signers: SigningKey[]])[] = [
    ['a key without alg', bare, [rsa]],
    ['a key without use', publishedWithout(rsa, 'use'), [rsa]],
    ['a key with key_ops verify', { ...rsa.publicJwk, key_ops: ['verify'] }, [rsa]],
    ['an elliptic key without alg', publishedWithout(ec, 'alg'), [ec]],
    ['an Ed25519 key', ed.publicJwk, [ed]],
    ['the same kid twice', [rsa.publicJwk, { ...other.publicJwk, kid: 'rsa' }], [rsa, { ...other, kid: 'rsa' }]],
    ['the same kid for two key types', [{ ...ec.publicJwk, kid: 'rsa' }, rsa.publicJwk], [rsa, { ...ec, kid: 'rsa' }]],
    ['the same kid for a malformed key and a good one', [{ ...rsa.publicJwk, n: 5 as never }, rsa.publicJwk], [rsa]],
  ];

  it.each(fitting)('%s verifies what it fits', async (_, published, signers) => {
    await withTarget(
      adapter,
      { provider: { keys }, jwks: ({ key }) => [published, key.publicJwk].flat() },
      async (target) => {
        for (const key of signers) await target.admits(await target.stub.accessToken({}, {}, key));
        await target.admits();
      },
    );
  });

  it('a key without alg verifies each configured algorithm of its type, and no other', async () => {
    const auth = { algorithms: ['RS256'] };
    const pss = ({ stub }: BearerTarget) => signedBy(rsa, { alg: 'PS256', kid: 'rsa' }, genuineClaims(stub), true);
    await withTarget(adapter, { provider: { keys }, jwks: () => [bare] }, async (target) => target.admits(pss(target)));
    await withTarget(adapter, { provider: { keys }, auth, jwks: () => [bare] }, async (target) => {
      await target.refuses(pss(target), { reason: 'algorithm_not_allowed' });
      await target.admits(await target.stub.accessToken({}, {}, rsa));
    });
  });
});
