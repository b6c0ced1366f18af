import { audienceOf } from './audience.js';
import { decodeJws, type JsonObject } from './jws.js';
import type { KeySet } from './key-set.js';
import { verifySignature } from './signature.js';
import { checkTimes, type Clock } from './times.js';
import { TokenRejection } from './token-rejection.js';

/** What makes an ID token one that this client asked for. */
export interface IdTokenRules {
  keys: KeySet;
  algorithms: readonly string[];
  clientId: string;
  /** Audiences that may stand beside the client id. */
  otherAudiences: readonly string[];
  clock: Clock;
}

/**
 * Proves an ID token. Whether its nonce is the right one is for the caller to say, who knows the log-in.
 *
 * @param issuer the exact issuer of the provider's metadata
 * @throws {@link TokenRejection} if it is no proof
 * @throws {@link Unavailable} while the keys cannot be fetched
 * @see OpenID Connect Core 1.0, section 3.1.3.7
 */
export async function verifyIdToken(token: string, rules: IdTokenRules, issuer: string): Promise<JsonObject> {
  const decoded = decodeJws(token);
  const { typ } = decoded.header;
  if (typ !== undefined && (typeof typ !== 'string' || typ.toLowerCase() !== 'jwt'))
    throw new TokenRejection('token_type');
  await verifySignature(token, decoded.header, rules.keys, rules.algorithms);
  const claims = decoded.payload;
  if (claims.iss !== issuer) throw new TokenRejection('issuer_unknown');
  if (typeof claims.sub !== 'string' || claims.sub === '') throw new TokenRejection('claim_malformed');
  if (claims.iat === undefined) throw new TokenRejection('claim_malformed');
  checkTimes(claims, rules.clock);
  checkAudience(claims, rules);
  return claims;
}

function checkAudience(claims: JsonObject, { clientId, otherAudiences }: IdTokenRules): void {
  const aud = audienceOf(claims);
  const foreign = aud.some((entry) => entry !== clientId && !otherAudiences.includes(entry));
  if (!aud.includes(clientId) || foreign) throw new TokenRejection('audience_mismatch');
  const required = aud.length > 1;
  if (claims.azp === undefined ? required : claims.azp !== clientId)
    throw new TokenRejection('authorized_party_mismatch');
}
