import type { AccessTokenKind } from './access-token-kind.js';
import { audienceOf } from './audience.js';
import { IDToken } from './id-token.js';
import { decodeJws, MOST_TOKEN_CHARACTERS, type DecodedJws, type JsonObject } from './jws.js';
import type { IssuerKeys, KeySet } from './key-set.js';
import { verifySignature } from './signature.js';
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
  readonly #tokenOf: (claims: JsonObject) => IDToken;

  constructor(
    private readonly rules: AccessTokenRules,
    /** May be shared by several issuers. */
    private readonly verified: VerifiedTokens,
  ) {
    const { clientId, audience = [] } = rules;
    const clients = [...new Set(rules.clients ?? [clientId, ...audience])];
    this.#tokenOf = rules.tokenOf ?? ((claims) => new IDToken(claims, clients));
  }

  /**
   * At once, if its proof has been seen before and all of it still holds, or if there is time to look at it now.
   *
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable} while the keys cannot be fetched
   */
  verify(token: string, decoded?: DecodedJws): IDToken | Promise<IDToken> {
    if (token.length > MOST_TOKEN_CHARACTERS) throw new TokenRejection('token_too_large');
    const key = this.verified.keyOf(token);
    const known = this.verified.get(key);
    if (known?.keySet === this.rules.keys && isTimely(known.token, this.rules.clock)) return known.token;
    const jws = decoded ?? decodeJws(token);
    this.rules.kind.checkHeader(jws.header);
    const keys = verifySignature(token, jws.header, this.rules.keys, this.rules.algorithms);
    return keys instanceof Promise
      ? keys.then((found) => this.#remember(key, jws, found))
      : this.#remember(key, jws, keys);
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
  #remember(key: string, { payload, text }: DecodedJws, keys: IssuerKeys): IDToken {
    this.#checkClaims(payload, keys.issuers, checkTimes);
    const token = this.#tokenOf(payload);
    this.verified.add(key, { text, tokenOf: this.#tokenOf, keys, keySet: this.rules.keys });
    return token;
  }

  async #prove(token: string, times: typeof checkTimes): Promise<JsonObject> {
    const { header, payload } = decodeJws(token);
    this.rules.kind.checkHeader(header);
    const keys = await verifySignature(token, header, this.rules.keys, this.rules.algorithms);
    this.#checkClaims(payload, keys.issuers, times);
    return payload;
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
}
