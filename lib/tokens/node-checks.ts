import { constants, verify, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';
import type { SignatureCheck } from './signature-check.js';

/** An algorithm of JSON Web Signatures, in the words of OpenSSL. */
interface Algorithm {
  hash: string | null;
  fits: (key: KeyObject) => boolean;
  options: Omit<VerifyKeyObjectInput, 'key'>;
}

/** In bits (RFC 7518, sections 3.3 and 3.5). */
const LEAST_MODULUS = 2048;

const isRsa = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) =>
  asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_MODULUS;
const rsa = (hash: string): Algorithm => ({ hash, fits: isRsa, options: {} });
const pss = (hash: string): Algorithm => ({
  hash,
  fits: isRsa,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
});
const ecdsa = (hash: string, namedCurve: string): Algorithm => ({
  hash,
  fits: ({ asymmetricKeyType, asymmetricKeyDetails }) =>
    asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === namedCurve,
  options: { dsaEncoding: 'ieee-p1363' },
});
const ed25519: Algorithm = { hash: null, fits: (key) => key.asymmetricKeyType === 'ed25519', options: {} };

/** RFC 7518, section 3.1, and RFC 9864, section 2.2. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  ['RS256', rsa('sha256')],
  ['RS384', rsa('sha384')],
  ['RS512', rsa('sha512')],
  ['PS256', pss('sha256')],
  ['PS384', pss('sha384')],
  ['PS512', pss('sha512')],
  ['ES256', ecdsa('sha256', 'prime256v1')],
  ['ES384', ecdsa('sha384', 'secp384r1')],
  ['ES512', ecdsa('sha512', 'secp521r1')],
  ['EdDSA', ed25519],
  ['Ed25519', ed25519],
]);

/** Signatures checked by Node's own cryptography, without a way through WebCrypto. */
export function nodeCheck(key: KeyObject, algorithm: string): SignatureCheck {
  const known = ALGORITHMS.get(algorithm);
  if (!known?.fits(key)) return { key, atOnce: () => false, verify: () => Promise.resolve(false) };
  const { hash, options } = known;
  const input = { ...options, key };
  return {
    key,
    atOnce: (token) => {
      try {
        return verify(hash, signed(token), input, signature(token));
      } catch {
        return false;
      }
    },
    verify: (token) =>
      new Promise((resolve) => {
        verify(hash, signed(token), input, signature(token), (error, valid) => resolve(error === null && valid));
      }),
  };
}

/** What was signed: everything before the last dot (RFC 7515, section 5.2). */
function signed(token: string): Buffer {
  return Buffer.from(token.slice(0, token.lastIndexOf('.')), 'latin1');
}

function signature(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
}
