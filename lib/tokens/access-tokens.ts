import type { AccessTokenKind } from './access-token-kind.js';
import { audienceOf } from './audience.js';
import { IDToken } from './id-token.js';
import { decodeJws, MOST_TOKEN_CHARACTERS, type DecodedJws, type JsonObject } from './jws.js';
import type { IssuerKeys, KeySet } from './key-set.js';
import { verifySignature, verifySignatureAtOnce } from './signature.js';
import { checkTimes, checkTimesButExpiry, isTimely, type Clock } from './times.js';
import type { TokenProof } from './token-proof.js';
import { TokenRejection } from './token-rejection.js';
import type { VerifiedTokens } from './verified-tokens.js';

/** What makes an access token one of this issuer's, for this application. */
export interface AccessTokenRules {
  kind: AccessTokenKind;
  keys: KeySet;
  algorithms: readonly string[];
  /** One of these has to be in `aud`; `undefined`: any audience will do. */
  audience: readonly string[] | undefined;
  clientId: string;
  /** Whose `resource_access` roles count. Default: the client's and the audience's. */
  clients?: readonly string[];
  clock: Clock;
  /** What makes a token of proven claims. Default: all claims, as they are. */
  tokenOf?: (claims: JsonObject) => IDToken;
}

/** Proves access tokens of one issuer. */
export class AccessTokens implements TokenProof {
  constructor(
    private readonly rules: AccessTokenRules,
    /** May be shared by several issuers. */
    private readonly verified: VerifiedTokens,
  ) {}

  /**
   * The same as {@link verify}, where that takes no waiting; else nothing.
   *
   * @throws {@link TokenRejection} if the token is no proof
   */
  atOnce(token: string): IDToken | undefined {
    if (token.length > MOST_TOKEN_CHARACTERS) throw new TokenRejection('token_too_large');
    const known = this.known(token);
    if (known) return known;
    const decoded = this.#decode(token);
    const keys = verifySignatureAtOnce(token, decoded, this.rules.keys, this.rules.algorithms);
    return keys && this.#remember(token, decoded.payload, keys);
  }

  /** The token, if its proof has been seen before and all of it still holds. */
  known(token: string): IDToken | undefined {
    const known = this.verified.get(token);
    return known?.keySet === this.rules.keys && isTimely(known.token, this.rules.clock) ? known.token : undefined;
  }

  /**
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable} while the keys cannot be fetched
   */
  async verify(token: string): Promise<IDToken> {
    const atOnce = this.atOnce(token);
    if (atOnce) return atOnce;
    const decoded = this.#decode(token);
    const keys = await verifySignature(token, decoded, this.rules.keys, this.rules.algorithms);
    return this.#remember(token, decoded.payload, keys);
  }

  /**
   * The same for a token that may have expired, which is still proof of whose it was. Nothing is remembered.
   *
   * @throws as {@link verify}
   */
  async verifyExpired(token: string): Promise<IDToken> {
    return this.#tokenOf(await this.#prove(token, checkTimesButExpiry));
  }

  /**
   * The claims of a token as it has them. Nothing is remembered.
   *
   * @throws as {@link verify}
   */
  async claims(token: string): Promise<JsonObject> {
    return this.#prove(token, checkTimes);
  }

  /** What is left to check once the signature is proven. */
  #remember(token: string, claims: JsonObject, keys: IssuerKeys): IDToken {
    this.#checkClaims(claims, keys.issuers, checkTimes);
    const verified = this.#tokenOf(claims);
    this.verified.add(token, { token: verified, keys, keySet: this.rules.keys });
    return verified;
  }

  async #prove(token: string, times: typeof checkTimes): Promise<JsonObject> {
    const decoded = this.#decode(token);
    const keys = await verifySignature(token, decoded, this.rules.keys, this.rules.algorithms);
    this.#checkClaims(decoded.payload, keys.issuers, times);
    return decoded.payload;
  }

  #decode(token: string): DecodedJws {
    const decoded = decodeJws(token);
    this.rules.kind.checkHeader(decoded.header);
    return decoded;
  }

  #checkClaims(claims: JsonObject, issuers: ReadonlySet<string>, times: typeof checkTimes): void {
    const { audience, clientId, clock, kind } = this.rules;
    if (typeof claims.iss !== 'string' || !issuers.has(claims.iss)) throw new TokenRejection('issuer_unknown');
    if (typeof claims.sub !== 'string' || claims.sub === '') throw new TokenRejection('claim_malformed');
    times(claims, clock);
    const aud = audienceOf(claims);
    if (audience && !aud.some((entry) => audience.includes(entry))) throw new TokenRejection('audience_mismatch');
    kind.checkClaims(claims, aud.length === 0 || aud.includes(clientId));
    if (claims.cnf !== undefined) throw new TokenRejection('sender_constrained');
  }

  #tokenOf(claims: JsonObject): IDToken {
    if (this.rules.tokenOf) return this.rules.tokenOf(claims);
    const { clientId, audience = [], clients = [clientId, ...audience] } = this.rules;
    return new IDToken(claims, [...new Set(clients)]);
  }
}
