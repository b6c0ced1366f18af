import { createPrivateKey } from 'node:crypto';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt, type ClientAuth } from 'openid-client';
import { isRecord, shown, type OptionReader } from './option-reader.js';

const METHODS = ['client_secret_basic', 'client_secret_post', 'none'];
const CURVE_ALGORITHMS: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'Ed25519',
};

/** How this client proves itself, from the options `clientAuthentication` and `clientSecret` (RFC 6749, 2.3; RFC 7523). */
export async function clientAuthenticationFrom(options: OptionReader): Promise<ClientAuth> {
  const secret = options.raw('clientSecret');
  const given = options.raw('clientAuthentication');
  const method = given === undefined ? (secret === undefined ? 'none' : 'client_secret_basic') : given;
  if (isRecord(method) && method.method === 'private_key_jwt')
    return privateKeyJwt(options.nested('clientAuthentication', ['method', 'key', 'kid', 'algorithm']));
  if (typeof method !== 'string' || !METHODS.includes(method)) {
    options.complain(
      'clientAuthentication',
      `expected ${METHODS.map(shown).join(', ')} or { method: 'private_key_jwt', key }, got ${typeof method === 'string' ? shown(method) : 'something else'}.`,
    );
    return None();
  }
  if (method === 'none') {
    if (secret !== undefined)
      options.complain('clientAuthentication', "'none' and a clientSecret contradict each other: leave one out.");
    return None();
  }
  if (typeof secret !== 'string' || secret === '') {
    if (secret === undefined)
      options.complain(
        'clientSecret',
        `is missing, and ${shown(method)} needs it: set it, or clientAuthentication: 'none'.`,
      );
    return None();
  }
  return method === 'client_secret_post' ? ClientSecretPost(secret) : ClientSecretBasic(secret);
}

async function privateKeyJwt(options: OptionReader): Promise<ClientAuth> {
  try {
    const jwk = privateJwk(options.raw('key'));
    const algorithm = options.string('algorithm', "Write for example 'RS256'.") ?? jwk.alg ?? usualAlgorithm(jwk);
    const key = (await importJWK({ ...jwk, alg: algorithm }, algorithm)) as CryptoKey;
    const kid = options.string('kid', 'Leave it out where the key has one.') ?? jwk.kid;
    return PrivateKeyJwt(kid === undefined ? key : { key, kid });
  } catch {
    // whatever went wrong, the error could hold the key
    options.complain('key', 'expected a private key, as JWK or as PEM in PKCS #8, that fits the algorithm.');
    return None();
  }
}

function privateJwk(key: unknown): JWK {
  const jwk: unknown = typeof key === 'string' ? createPrivateKey(key).export({ format: 'jwk' }) : key;
  if (!isRecord(jwk) || typeof jwk.d !== 'string') throw new TypeError('no private key');
  return jwk;
}

function usualAlgorithm({ kty, crv = '' }: JWK): string {
  const algorithm = kty === 'RSA' ? 'RS256' : CURVE_ALGORITHMS[crv];
  if (algorithm === undefined) throw new TypeError('no algorithm for this key');
  return algorithm;
}
