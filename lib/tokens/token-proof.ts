import type { IDToken } from './id-token.js';

/** Proves access tokens. */
export interface TokenProof {
  /**
   * The same as {@link verify}, where that takes no waiting; else nothing.
   *
   * @throws {@link TokenRejection} if the token is no proof
   */
  atOnce(token: string): IDToken | undefined;

  /**
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable} while nobody can say
   */
  verify(token: string): Promise<IDToken>;
}
