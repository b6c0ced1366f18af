import { TokenRejection } from './token-rejection.js';

/**
 * The claim `aud` as a list.
 *
 * @throws {@link TokenRejection} `claim_malformed` if it is there and is neither a string nor a list of strings
 * @see RFC 7519, section 4.1.3
 */
export function audienceOf({ aud }: { aud?: unknown }): string[] {
  if (aud === undefined) return [];
  const list: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!list.every((entry) => typeof entry === 'string')) throw new TokenRejection('claim_malformed');
  return list;
}
