import { compactVerify } from 'jose';
import type { DecodedJws } from './jws.js';
import type { IssuerKeys, KeySet } from './key-set.js';
import { TokenRejection } from './token-rejection.js';

/**
 * Proves that a key of this issuer signed the token, with an algorithm that configuration names. The token itself only
 * says which of those keys and algorithms it claims; keys in its header (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
 *
 * @returns the key set in which the key was found
 * @throws {@link TokenRejection} `algorithm_not_allowed`, `critical_header`, `key_unknown`, `signature_invalid`
 * @throws {@link Unavailable} while the keys cannot be fetched
 * @see RFC 8725, sections 3.1 and 3.2
 */
export async function verifySignature(
  token: string,
  { header }: DecodedJws,
  keySet: KeySet,
  algorithms: readonly string[],
): Promise<IssuerKeys> {
  if (!algorithms.includes(header.alg)) throw new TokenRejection('algorithm_not_allowed');
  if ('crit' in header || 'b64' in header) throw new TokenRejection('critical_header');
  if (header.kid !== undefined && typeof header.kid !== 'string') throw new TokenRejection('key_unknown');
  const { keys, set } = await keySet.candidates(header);
  for (const key of keys) {
    if (await signedBy(key, token, header.alg)) return set;
  }
  throw new TokenRejection('signature_invalid');
}

/** A key that is too weak for its algorithm verifies nothing, as little as a wrong one. */
async function signedBy(key: Parameters<typeof compactVerify>[1], token: string, algorithm: string): Promise<boolean> {
  return compactVerify(token, key as never, { algorithms: [algorithm] }).then(
    () => true,
    () => false,
  );
}
