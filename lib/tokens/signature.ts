import type { DecodedJws } from './jws.js';
import type { FoundKeys, IssuerKeys, KeySet } from './key-set.js';
import { TokenRejection } from './token-rejection.js';
import { awayFromHere, takeTurn } from './turn.js';

/**
 * Proves that a key of this issuer signed the token, with an algorithm that configuration names. The token itself only
 * says which of those keys and algorithms it claims; keys in its header (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
 *
 * @returns the key set in which the key was found: at once where that takes no waiting, or else later; errors likewise
 * @throws {@link TokenRejection} `algorithm_not_allowed`, `critical_header`, `key_unknown`, `signature_invalid`
 * @throws {@link Unavailable} while the keys cannot be fetched
 * @see RFC 8725, sections 3.1 and 3.2
 */
export function verifySignature(
  token: string,
  header: DecodedJws['header'],
  keySet: KeySet,
  algorithms: readonly string[],
): IssuerKeys | Promise<IssuerKeys> {
  checkHeader(header, algorithms);
  const found = keySet.candidates(header);
  return found instanceof Promise ? found.then((keys) => proven(token, keys)) : proven(token, found);
}

function proven(token: string, { checks, set }: FoundKeys): IssuerKeys | Promise<IssuerKeys> {
  const [check, ...others] = checks;
  if (!check?.atOnce || others.length > 0 || !takeTurn()) return provenElsewhere(token, checks, set);
  if (check.atOnce(token)) return set;
  throw new TokenRejection('signature_invalid');
}

async function provenElsewhere(token: string, checks: FoundKeys['checks'], set: IssuerKeys): Promise<IssuerKeys> {
  for (const check of checks) {
    if (await awayFromHere(() => check.verify(token))) return set;
  }
  throw new TokenRejection('signature_invalid');
}

function checkHeader(header: DecodedJws['header'], algorithms: readonly string[]): void {
  if (!algorithms.includes(header.alg)) throw new TokenRejection('algorithm_not_allowed');
  if ('crit' in header || 'b64' in header) throw new TokenRejection('critical_header');
  if (header.kid !== undefined && typeof header.kid !== 'string') throw new TokenRejection('key_unknown');
}
