// Keys of instances, and tokens as an instance issues them.
import { createPrivateKey, generateKeyPair, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { asReceived } from '../auth.mjs';

const generate = promisify(generateKeyPair);
const signOffThread = promisify(sign);

export const AUDIENCE = 'bench-network';
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** How many signatures are under way at once. */
const LANES = 16;

/** @returns one key for each algorithm: { alg, kid, publicJwk, privateJwk } */
export async function makeSigners() {
  const pairs = [
    await generate('rsa', { modulusLength: 2_048 }),
    await generate('ec', { namedCurve: 'P-256' }),
    await generate('ed25519'),
  ];
  return pairs.map(({ publicKey, privateKey }, at) => {
    const [alg, kid] = [ALGORITHMS[at], randomUUID()];
    return {
      alg,
      kid,
      publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
      privateJwk: privateKey.export({ format: 'jwk' }),
    };
  });
}

/**
 * @param lifetime in seconds
 * @returns what makes a new token: its id and its signature are its own
 */
export function minter(issuer, { alg, kid, privateJwk }, { lifetime = 7_200, change = {} } = {}) {
  const key = createPrivateKey({ key: privateJwk, format: 'jwk' });
  const header = encoded({ alg, typ: 'at+jwt', kid, ...change });
  const digest = alg === 'EdDSA' ? null : 'sha256';
  return async () => {
    const content = `${header}.${encoded(claimsOf(issuer, lifetime))}`;
    const signature = await signOffThread(digest, Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' });
    return asReceived(`${content}.${signature.toString('base64url')}`);
  };
}

/** So many tokens, of each minter in turn. */
export async function mintMany(minters, count) {
  const tokens = Array.from({ length: count });
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const at = next++;
      tokens[at] = await minters[at % minters.length]();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return tokens;
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function claimsOf(issuer, lifetime) {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'ada',
    client_id: 'bench',
    jti: randomUUID(),
    iat: now,
    exp: now + lifetime,
    preferred_username: 'ada',
    email: 'ada@example.org',
    email_verified: true,
    roles: ['staff', 'admins'],
    groups: Array.from({ length: 10 }, (_, at) => `/department/team-${at}`),
    scope: 'openid profile email',
  };
}
