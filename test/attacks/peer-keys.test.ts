import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { adapters } from '../support/apps.js';
import { claimsOf, publishedWithout, signingKey, type SigningKey } from '../support/keys.js';
import { hmacSigned, signedBy } from './support/forge.js';
import type { PeerTarget } from './support/peer-target.js';
import { publisherKey, withPublisher } from './support/publishing.js';

const own = publisherKey.publicJwk;
const elliptic = await signingKey('ES256', 'elliptic');
const ed = await signingKey('EdDSA', 'ed');
const strangers = await signingKey('RS256', 'stranger');
const [rsa512, rsa1024] = [512, 1_024].map((bits) => generateKeyPairSync('rsa', { modulusLength: bits })) as [
  Pair,
  Pair,
];
const secret = Buffer.alloc(32, 7);

type Pair = ReturnType<typeof generateKeyPairSync>;
/** A token that leans on an odd key. */
type Leaning = (target: PeerTarget) => string | Promise<string>;

const by =
  (key: SigningKey, header: object = {}): Leaning =>
  ({ peer }) =>
    peer.token({}, { ...header }, key);
const byHand =
  (sign: (payload: JWTPayload) => string): Leaning =>
  async ({ peer }) =>
    sign(claimsOf(await peer.token()));
const header = (alg: string, kid: string) => ({ alg, kid, typ: 'at+jwt' });
const weakJwk = ({ publicKey }: typeof rsa512) => ({ ...publicKey.export({ format: 'jwk' }), kid: 'weak' });

/** What is published beside the peer's own key, a token that leans on it, and why that is refused. */
const oddities: [name: string, published: unknown, token: Leaning, reason: string][] = [
  ['an elliptic key where RSA is said', { ...elliptic.publicJwk, alg: 'RS256' }, by(elliptic), 'key_unknown'],
  ['an RSA key where an elliptic one is said', { ...strangers.publicJwk, alg: 'ES256' }, by(strangers), 'key_unknown'],
  ['a private RSA key', strangers.privateJwk, by(strangers), 'key_unknown'],
  ['a private elliptic key', elliptic.privateJwk, by(elliptic), 'key_unknown'],
  ['a private Ed25519 key', ed.privateJwk, by(ed), 'key_unknown'],
  ['a key without kid', publishedWithout(strangers, 'kid'), by(strangers), 'key_unknown'],
  [
    'a key whose kid is a number',
    { ...strangers.publicJwk, kid: 5 },
    by(strangers, { kid: undefined }),
    'signature_invalid',
  ],
  ['a key for encryption', { ...strangers.publicJwk, use: 'enc' }, by(strangers), 'key_unknown'],
  ['a key for nothing', { ...strangers.publicJwk, key_ops: [] }, by(strangers), 'key_unknown'],
  [
    'a symmetric key: HS256',
    { kty: 'oct', k: secret.toString('base64url'), kid: 'oct', alg: 'HS256' },
    byHand((payload) => hmacSigned(secret, header('HS256', 'oct'), payload)),
    'algorithm_not_allowed',
  ],
  [
    'a symmetric key: RS256',
    { kty: 'oct', k: secret.toString('base64url'), kid: 'oct' },
    byHand((payload) => hmacSigned(secret, header('RS256', 'oct'), payload)),
    'key_unknown',
  ],
  [
    'an RSA key of 512 bits',
    weakJwk(rsa512),
    byHand((payload) => signedBy(rsa512.privateKey, header('RS256', 'weak'), payload)),
    'signature_invalid',
  ],
  [
    'an RSA key of 1,024 bits',
    weakJwk(rsa1024),
    byHand((payload) => signedBy(rsa1024.privateKey, header('RS256', 'weak'), payload)),
    'signature_invalid',
  ],
  [
    'a modulus of nearly 1 MB',
    { ...own, kid: 'vast', n: 'A'.repeat(1_000_000) },
    by(publisherKey, { kid: 'vast' }),
    'signature_invalid',
  ],
  [
    'a modulus of 16,384 bits and an exponent as large',
    {
      ...own,
      kid: 'slow',
      n: Buffer.alloc(2_048, 0xff).toString('base64url'),
      e: Buffer.alloc(2_047, 0xff).toString('base64url'),
    },
    by(publisherKey, { kid: 'slow' }),
    'signature_invalid',
  ],
  ['an exponent of 1', { ...own, kid: 'one', e: 'AQ' }, by(publisherKey, { kid: 'one' }), 'signature_invalid'],
  ['an empty modulus', { ...own, kid: 'empty', n: '' }, by(publisherKey, { kid: 'empty' }), 'signature_invalid'],
  ['a point that is not on its curve', { ...elliptic.publicJwk, x: elliptic.publicJwk.y }, by(elliptic), 'key_unknown'],
  ['a key of an unknown kind', { ...own, kty: 'XYZ', kid: 'odd' }, by(publisherKey, { kid: 'odd' }), 'key_unknown'],
  ['what is no key', [null, 5, 'key', true, [own], {}, { kty: null }], by(strangers), 'key_unknown'],
  [
    'one thousand keys',
    Array.from({ length: 1_000 }, (_, at) => ({ ...own, kid: `${at}` })),
    by(strangers),
    'key_unknown',
  ],
];

describe.each(adapters)('the key set of a peer, on %s,', (adapter) => {
  it.each(oddities)('with %s beside its own, verifies nothing by it', async (_, odd, token, reason) => {
    await withPublisher(adapter, async (target) => {
      target.peer.jwks = [own, odd].flat() as typeof target.peer.jwks;
      await target.admits();
      await target.refuses(token(target), reason);
      await target.admits();
    });
  });

  it('whose good key comes after more than may be there, is as if it were not there', async () => {
    await withPublisher(adapter, async (target) => {
      const many = Array.from({ length: 1_000 }, (_, at) => ({ ...strangers.publicJwk, kid: `${at}` }));
      target.peer.jwks = [...many, own];
      await target.refuses(target.peer.token(), 'key_unknown');
    });
  });

  it('with no key at all, verifies nothing', async () => {
    await withPublisher(adapter, async (target) => {
      target.peer.jwks = [];
      await target.refuses(target.peer.token(), 'key_unknown');
      expect(target.app.told.peerFailed).toEqual([]);
    });
  });
});
