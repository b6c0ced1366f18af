import type { IDToken } from './id-token.js';
import type { DecodedJws } from './jws.js';

/** Proves access tokens. */
export interface TokenProof {
  /**
   * The proven token: at once where that takes no waiting, or else later; errors likewise.
   *
   * @param decoded the same token, where somebody has decoded it before
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable} while nobody can say
   */
  verify(token: string, decoded?: DecodedJws): IDToken | Promise<IDToken>;
}
