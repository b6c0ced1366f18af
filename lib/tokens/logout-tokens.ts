import { audienceOf } from './audience.js';
import type { IdTokenRules } from './id-tokens.js';
import { decodeJws, type JsonObject } from './jws.js';
import { verifySignature } from './signature.js';
import { checkTimes } from './times.js';
import { TokenRejection } from './token-rejection.js';

/** What a proven logout token says: whose sessions end. One of `sid` and `sub` is there. */
export interface LogoutToken {
  jti: string;
  issuer: string;
  sid: string | undefined;
  sub: string | undefined;
  /** In seconds since 1970. */
  iat: number;
  /** In seconds since 1970. */
  exp: number;
  /** Whether sessions with offline access end too (`revoke_offline_access` is among the events). */
  offline: boolean;
}

const HEADER_TYPES = new Set<unknown>([undefined, 'jwt', 'logout+jwt', 'application/logout+jwt']);
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const REVOKE_OFFLINE = 'revoke_offline_access';
/** Earlier drafts had no `exp`. Without it a logout token counts so long, in seconds (section 4: two minutes at most). */
const ASSUMED_LIFETIME = 120;

/**
 * Proves a logout token. Whether it was seen before is for the caller to say.
 *
 * @param issuer the exact issuer of the provider's metadata
 * @throws {@link TokenRejection} if it is no proof
 * @throws {@link Unavailable} while the keys cannot be fetched
 * @see OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6
 */
export async function verifyLogoutToken(token: string, rules: IdTokenRules, issuer: string): Promise<LogoutToken> {
  const decoded = decodeJws(token);
  const { typ } = decoded.header;
  if (!HEADER_TYPES.has(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw new TokenRejection('token_type');
  await verifySignature(token, decoded.header, rules.keys, rules.algorithms);
  const claims = decoded.payload;
  const event = logoutEvent(claims);
  if (claims.iss !== issuer) throw new TokenRejection('issuer_unknown');
  if (typeof claims.iat !== 'number') throw new TokenRejection('claim_malformed');
  const { iat, exp = iat + ASSUMED_LIFETIME } = claims;
  checkTimes({ ...claims, exp }, rules.clock);
  checkAudience(claims, rules);
  return { ...named(claims), issuer, iat, exp: Number(exp), offline: isMeantForOffline(event, claims.events) };
}

/** What makes it a logout token, and no ID token. */
function logoutEvent({ events, nonce }: JsonObject): JsonObject {
  const event = isObject(events) && Object.hasOwn(events, LOGOUT_EVENT) ? events[LOGOUT_EVENT] : undefined;
  if (!isObject(event) || nonce !== undefined) throw new TokenRejection('token_type');
  return event;
}

function checkAudience(claims: JsonObject, { clientId, otherAudiences }: IdTokenRules): void {
  const aud = audienceOf(claims);
  const foreign = aud.some((entry) => entry !== clientId && !otherAudiences.includes(entry));
  if (!aud.includes(clientId) || foreign) throw new TokenRejection('audience_mismatch');
}

function named({ jti, sid, sub }: JsonObject): Pick<LogoutToken, 'jti' | 'sid' | 'sub'> {
  const [id, session, user] = [text(jti), text(sid), text(sub)];
  if (id === undefined || (session === undefined && user === undefined)) throw new TokenRejection('claim_malformed');
  return { jti: id, sid: session, sub: user };
}

function text(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new TokenRejection('claim_malformed');
}

/** Keycloak writes `true`, beside the event; as an event of its own it is an object. */
function isMeantForOffline(event: JsonObject, events: unknown): boolean {
  return [event, events as JsonObject].some((names) => {
    const value = Object.hasOwn(names, REVOKE_OFFLINE) ? names[REVOKE_OFFLINE] : undefined;
    return value === true || isObject(value);
  });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
