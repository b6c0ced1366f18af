import {
  isTimely,
  decodeJws,
  TokenRejection,
  type Clock,
  type IDToken,
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
   * The same as {@link verify}, where that takes no waiting; else nothing.
   *
   * @throws {@link TokenRejection} if the token is no proof
   */
  atOnce(token: string): IDToken | undefined {
    const known = this.verified.get(token)?.token;
    if (!known || !isTimely(known, this.clock)) return this.#proofOf(token).atOnce(token);
    return this.peers.get(known.iss) || this.own.isKnownToLive(known) ? known : undefined;
  }

  /**
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable}, {@link StoreUnavailableError} while nobody can say
   */
  async verify(token: string): Promise<IDToken> {
    return this.atOnce(token) ?? this.#proofOf(token).verify(token);
  }

  /** Where nobody is trusted under the name in the token, no keys are looked for. */
  #proofOf(token: string): TokenProof {
    if (!this.peers.any) return this.own;
    const { iss } = decodeJws(token).payload;
    if (iss === this.issuer) return this.own;
    const peer = typeof iss === 'string' ? this.peers.get(iss) : undefined;
    if (!peer) throw new TokenRejection('issuer_unknown');
    return peer.tokens;
  }
}
