import { TokenRejection, type AccessTokens, type IDToken, type TokenProof } from '../tokens/index.js';
import type { SessionWatch } from './session-watch.js';

/** Proves our own access tokens: signature and claims, and that the session still lives. */
export class OwnTokens implements TokenProof {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly watch: SessionWatch,
  ) {}

  /**
   * @throws {@link TokenRejection} if the token is no proof, or its session has ended
   * @throws {@link Unavailable}, {@link StoreUnavailableError} while nobody can say
   */
  async verify(token: string): Promise<IDToken> {
    const verified = await this.tokens.verify(token);
    // tokens from an exchange belong to no session
    if (verified.sid === undefined) return verified;
    const lives = this.watch.lives(verified.sid);
    if (lives === true || (lives !== false && (await lives))) return verified;
    throw new TokenRejection('session_ended');
  }

  /** For a log-out: a token that has only expired still says whose session it was. */
  async verifyExpired(token: string): Promise<IDToken> {
    return this.tokens.verifyExpired(token);
  }
}
