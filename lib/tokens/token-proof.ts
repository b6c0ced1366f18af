import type { IDToken } from './id-token.js';

/** Proves access tokens. */
export interface TokenProof {
  /**
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable} while nobody can say
   */
  verify(token: string): Promise<IDToken>;
}
