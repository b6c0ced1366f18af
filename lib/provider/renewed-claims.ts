import type { JsonObject } from '../tokens/index.js';

/**
 * Compares an ID token that came with a refresh with the one of the log-in.
 *
 * @param claims proven by themselves: issuer, audience, times
 * @param known the claims of the log-in's ID token
 * @returns the claim by which it speaks of another log-in; nothing, if it does not
 * @see OpenID Connect Core 1.0, section 12.2
 */
export function strangeClaim(claims: JsonObject, known: JsonObject): string | undefined {
  const { iss, sub, azp, auth_time, nonce } = known;
  const same: [name: string, holds: boolean][] = [
    ['iss', claims.iss === iss],
    ['sub', claims.sub === sub],
    ['azp', azp === undefined || claims.azp === azp],
    ['auth_time', auth_time === undefined || claims.auth_time === undefined || claims.auth_time === auth_time],
    ['nonce', claims.nonce === undefined || claims.nonce === nonce],
  ];
  return same.find(([, holds]) => !holds)?.[0];
}
