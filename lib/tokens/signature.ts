import type { DecodedJws } from './jws.js';
import type { FoundKeys, IssuerKeys, KeySet } from './key-set.js';
import { TokenRejection } from './token-rejection.js';
import { awayFromHere, takeTurn } from './turn.js';

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
  checkHeader(header, algorithms);
  const { checks, set } = await keySet.candidates(header);
  for (const check of checks) {
    if (await awayFromHere(() => check.verify(token))) return set;
  }
  throw new TokenRejection('signature_invalid');
}

/**
 * The same without waiting.
 *
 * @returns nothing if keys would have to be fetched, or if others have to get their turn first
 * @throws {@link TokenRejection} as {@link verifySignature}
 */
export function verifySignatureAtOnce(
  token: string,
  { header }: DecodedJws,
  keySet: KeySet,
  algorithms: readonly string[],
): IssuerKeys | undefined {
  checkHeader(header, algorithms);
  const found = keySet.candidatesAtOnce(header);
  if (!found) return undefined;
  const valid = checkedAtOnce(token, found);
  if (valid === false) throw new TokenRejection('signature_invalid');
  return valid && found.set;
}

function checkedAtOnce(token: string, { checks }: FoundKeys): boolean | undefined {
  for (const { atOnce } of checks) {
    if (!atOnce || !takeTurn()) return undefined;
    if (atOnce(token)) return true;
  }
  return false;
}

function checkHeader(header: DecodedJws['header'], algorithms: readonly string[]): void {
  if (!algorithms.includes(header.alg)) throw new TokenRejection('algorithm_not_allowed');
  if ('crit' in header || 'b64' in header) throw new TokenRejection('critical_header');
  if (header.kid !== undefined && typeof header.kid !== 'string') throw new TokenRejection('key_unknown');
}
