import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { describe, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { publishedWithout, signingKey } from '../support/keys.js';
import type { StubProvider } from '../support/stub-provider.js';
import { genuineClaims, targetOn, withTarget } from './support/bearer-target.js';
import { hmacSigned, replacePart, signedBy, withSignature } from './support/forge.js';

type Attack = readonly [name: string, token: (stub: StubProvider) => string | Promise<string>, reason: string];

const notAllowed = 'algorithm_not_allowed';

/** The public key in every form in which a confused verifier could take it for a secret. */
function publicKeyForms({ key }: StubProvider): Record<string, string | Buffer> {
  const jwk = key.publicJwk as JsonWebKey;
  const object = createPublicKey({ key: jwk, format: 'jwk' });
  const pem = object.export({ type: 'spki', format: 'pem' }).toString();
  return {
    'SPKI PEM': pem,
    'SPKI PEM without its last line break': pem.trimEnd(),
    'PKCS #1 PEM': object.export({ type: 'pkcs1', format: 'pem' }).toString(),
    DER: object.export({ type: 'spki', format: 'der' }),
    'PKCS #1 DER': object.export({ type: 'pkcs1', format: 'der' }),
    'JWK text': JSON.stringify(jwk),
    'modulus in base64url': String(jwk.n),
    'modulus in bytes': Buffer.from(String(jwk.n), 'base64url'),
    nothing: '',
  };
}

const forms = Object.keys(publicKeyForms({ key: await signingKey('RS256') } as StubProvider));

const attacks: readonly Attack[] = [
  ...[
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    ' ',
    'RS256 ',
    'rs256',
    'RS256\0',
    'HS256',
    'dir',
    'ML-DSA-44',
    'ES256K',
    'RS1',
  ].map((alg): Attack => [
    `alg ${JSON.stringify(alg)} without signature`,
    (stub) => withSignature({ alg, kid: stub.key.kid, typ: 'at+jwt' }, genuineClaims(stub)),
    notAllowed,
  ]),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'includes', '0', 'length'].map((alg): Attack => [
    `alg ${alg}, a name of the language`,
    (stub) => withSignature({ alg, kid: stub.key.kid }, genuineClaims(stub), 'AAAA'),
    notAllowed,
  ]),
  ...[null, 5, true, ['RS256'], { alg: 'RS256' }, undefined].map((alg): Attack => [
    `alg ${JSON.stringify(alg)}, which is no string`,
    (stub) => signedBy(stub.key, { alg, kid: stub.key.kid }, genuineClaims(stub)),
    'token_malformed',
  ]),
  [
    'alg none over the signature of a genuine token',
    async (stub) => replacePart(await stub.accessToken(), 0, { alg: 'none', kid: stub.key.kid, typ: 'at+jwt' }),
    notAllowed,
  ],
  [
    'alg none twice, RS256 first',
    (stub) => withSignature(`{"alg":"RS256","kid":"${stub.key.kid}","alg":"none"}`, genuineClaims(stub)),
    notAllowed,
  ],
  [
    'alg RS256 last of two, none first, without signature',
    (stub) => withSignature(`{"alg":"none","kid":"${stub.key.kid}","alg":"RS256"}`, genuineClaims(stub)),
    'signature_invalid',
  ],
  [
    'a genuine token whose signature was cut off',
    async (stub) => replacePart(await stub.accessToken(), 2, ''),
    'signature_invalid',
  ],
  [
    'a genuine token whose signature was cut short',
    async (stub) => (await stub.accessToken()).slice(0, -8),
    'signature_invalid',
  ],
  [
    'a genuine signature over other claims',
    async (stub) => replacePart(await stub.accessToken(), 1, genuineClaims(stub, { sub: 'admin' })),
    'signature_invalid',
  ],
  [
    'a signature of zeros',
    (stub) => withSignature({ alg: 'RS256', kid: stub.key.kid }, genuineClaims(stub), Buffer.alloc(256)),
    'signature_invalid',
  ],
  ...forms.map((form): Attack => [
    `HS256 with the public key as the secret: ${form}`,
    (stub) =>
      hmacSigned(
        publicKeyForms(stub)[form] ?? '',
        { alg: 'HS256', kid: stub.key.kid, typ: 'JWT' },
        genuineClaims(stub),
      ),
    notAllowed,
  ]),
  [
    'RS256 in the header over an HMAC with the public key',
    (stub) => {
      const secret = publicKeyForms(stub)['SPKI PEM'] ?? '';
      return hmacSigned(secret, { alg: 'RS256', kid: stub.key.kid, typ: 'JWT' }, genuineClaims(stub));
    },
    'signature_invalid',
  ],
  [
    'PS256 with a key that is published for RS256',
    async (stub) => stub.accessToken({}, { kid: stub.key.kid }, await signingKey('PS256')),
    'key_unknown',
  ],
  [
    'ES256 with the kid of an RSA key',
    async (stub) => stub.accessToken({}, {}, await signingKey('ES256', stub.key.kid)),
    'key_unknown',
  ],
  [
    "RS256 with somebody else's key under the published kid",
    async (stub) => stub.accessToken({}, {}, await signingKey('RS256', stub.key.kid)),
    'signature_invalid',
  ],
  [
    "RS256 with somebody else's key and no kid",
    async (stub) => stub.accessToken({}, { kid: undefined }, await signingKey('RS256')),
    'signature_invalid',
  ],
];

describe.each(adapters)('the algorithm of a bearer token, on %s', (adapter) => {
  const target = targetOn(adapter);

  it.each(attacks)('%s', async (_, token, reason) => {
    await target().refuses(await token(target().stub), { reason });
    await target().admits();
  });
});

describe.each(adapters)('an algorithm that configuration does not name, on %s', (adapter) => {
  const target = targetOn(adapter, async () => ({
    auth: { algorithms: ['ES256'] },
    provider: { keys: [await signingKey('ES256'), await signingKey('RS256'), await signingKey('ES384')] },
  }));

  it.each([1, 2])('is refused although the provider publishes a key for it (%d)', async (at) => {
    const { stub } = target();
    await target().refuses(await stub.accessToken({}, {}, stub.keys[at]), { reason: notAllowed });
    await target().admits();
  });

  it('is refused with a key that is published without alg', async () => {
    const keys = [await signingKey('ES256'), await signingKey('RS256'), await signingKey('ES384')];
    const jwks = () => keys.map((key) => publishedWithout(key, 'alg'));
    await withTarget(adapter, { auth: { algorithms: ['ES256'] }, provider: { keys }, jwks }, async (own) => {
      for (const key of keys.slice(1)) {
        await own.refuses(await own.stub.accessToken({}, {}, key), { reason: notAllowed });
      }
      await own.admits();
    });
  });
});
