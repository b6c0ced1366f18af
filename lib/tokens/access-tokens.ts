import { audienceOf } from './audience.js';
import { IDToken } from './id-token.js';
import { decodeJws, MOST_TOKEN_CHARACTERS, type DecodedJws, type JsonObject } from './jws.js';
import type { KeySet } from './key-set.js';
import { mentionsScopes } from './scopes.js';
import { verifySignature } from './signature.js';
import { checkTimes, type Clock } from './times.js';
import { TokenRejection } from './token-rejection.js';
import { VerifiedTokens } from './verified-tokens.js';

/** What makes an access token one of this provider's, for this application. */
export interface AccessTokenRules {
  keys: KeySet;
  algorithms: readonly string[];
  /** One of these has to be in `aud`; `undefined`: any audience will do. */
  audience: readonly string[] | undefined;
  clientId: string;
  clock: Clock;
  /** How many verified tokens are remembered. */
  remembered: number;
}

/** Header types of a provider's access tokens (RFC 9068, section 2.1; most say `JWT` or nothing). */
const HEADER_TYPES = new Set<unknown>([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);
/** Claims that only ID tokens and logout tokens have. */
const FOREIGN_CLAIMS = ['events', 'at_hash', 'c_hash', 's_hash'];

/** Proves access tokens. */
export class AccessTokens {
  readonly #verified: VerifiedTokens;

  constructor(private readonly rules: AccessTokenRules) {
    this.#verified = new VerifiedTokens(rules.remembered);
  }

  /**
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable} while the keys cannot be fetched
   */
  async verify(token: string): Promise<IDToken> {
    if (token.length > MOST_TOKEN_CHARACTERS) throw new TokenRejection('token_too_large');
    const known = this.#verified.get(token, this.rules.keys.current());
    if (!known) return this.#prove(token);
    checkTimes(known, this.rules.clock);
    return known;
  }

  async #prove(token: string): Promise<IDToken> {
    const decoded = decodeJws(token);
    checkHeaderType(decoded);
    const keys = await verifySignature(token, decoded, this.rules.keys, this.rules.algorithms);
    this.#checkClaims(decoded.payload, keys.issuers);
    const { clientId, audience = [] } = this.rules;
    const verified = new IDToken(decoded.payload, [...new Set([clientId, ...audience])]);
    this.#verified.add(token, verified, keys);
    return verified;
  }

  #checkClaims(claims: JsonObject, issuers: ReadonlySet<string>): void {
    const { audience, clientId, clock } = this.rules;
    if (typeof claims.iss !== 'string' || !issuers.has(claims.iss)) throw new TokenRejection('issuer_unknown');
    if (typeof claims.sub !== 'string' || claims.sub === '') throw new TokenRejection('claim_malformed');
    checkTimes(claims, clock);
    const aud = audienceOf(claims);
    if (audience && !aud.some((entry) => audience.includes(entry))) throw new TokenRejection('audience_mismatch');
    checkKind(claims, aud.length === 0 || aud.includes(clientId));
    if (claims.cnf !== undefined) throw new TokenRejection('sender_constrained');
  }
}

function checkHeaderType({ header }: DecodedJws): void {
  const type = typeof header.typ === 'string' ? header.typ.toLowerCase() : header.typ;
  if (!HEADER_TYPES.has(type)) throw new TokenRejection('token_type');
}

/**
 * Providers sign ID tokens with the same keys and often the same header type, so the payload decides what a token is.
 *
 * @param forClientItself whether nothing says that it is for anybody but the client itself, for whom ID tokens are
 */
function checkKind(claims: JsonObject, forClientItself: boolean): void {
  const { typ } = claims;
  const bearer = typ === 'Bearer';
  const foreign =
    (typeof typ === 'string' && !bearer) ||
    FOREIGN_CLAIMS.some((name) => claims[name] !== undefined) ||
    (claims.nonce !== undefined && !bearer) ||
    (forClientItself && !mentionsScopes(claims));
  if (foreign) throw new TokenRejection('not_an_access_token');
}
