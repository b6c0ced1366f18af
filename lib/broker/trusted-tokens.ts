import {
  isTimely,
  decodeJws,
  TokenRejection,
  type Clock,
  type IDToken,
  type JsonObject,
  type TokenProof,
  type VerifiedTokens,
} from '../tokens/index.js';
import type { OwnTokens } from './own-tokens.js';
import type { Peers } from './peers/peers.js';

/**
 * Proves access tokens of ours and of the instances that we trust. Which issuer a token names decides which keys may have
 * signed it, and nobody else's are looked at.
 */
export class TrustedTokens implements TokenProof {
  constructor(
    private readonly own: OwnTokens,
    private readonly peers: Peers,
    /** Shared by all issuers. */
    private readonly verified: VerifiedTokens,
    private readonly clock: Clock,
    /** `iss` of our own tokens. */
    private readonly issuer: string,
  ) {}

  /**
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable}, {@link StoreUnavailableError} while nobody can say
   */
  verify(token: string): IDToken | Promise<IDToken> {
    const known = this.verified.get(this.verified.keyOf(token))?.token;
    if (known && isTimely(known, this.clock)) return this.peers.get(known.iss) ? known : this.own.living(known);
    if (!this.peers.any) return this.own.verify(token);
    const decoded = decodeJws(token);
    return this.#proofOf(decoded.payload).verify(token, decoded);
  }

  /** Where nobody is trusted under the name in the token, no keys are looked for. */
  #proofOf({ iss }: JsonObject): TokenProof {
    if (iss === this.issuer) return this.own;
    const peer = typeof iss === 'string' ? this.peers.get(iss) : undefined;
    if (!peer) throw new TokenRejection('issuer_unknown');
    return peer.tokens;
  }
}
