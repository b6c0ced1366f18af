import type { IDToken } from './id-token.js';

/** Proves access tokens. */
export interface TokenProof {
  /** The token, if its proof has been seen before and all of it still holds; nothing, if that takes {@link verify} to say. */
  known(token: string): IDToken | undefined;

  /**
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link Unavailable} while nobody can say
   */
  verify(token: string): Promise<IDToken>;
}
