import { createHash } from 'node:crypto';
import { Remembered } from '../tokens/index.js';

const MOST = 1_000;

/**
 * The ID tokens of recent log-ins in this process, by their access token: with one as hint, a provider logs out without
 * asking the user again. Bounded; where none is left, the client id has to do.
 */
export class LogoutHints {
  readonly #hints = new Remembered<string>(MOST);

  remember(accessToken: string, idToken: string): void {
    this.#hints.set(digest(accessToken), idToken);
  }

  take(accessToken: string): string | undefined {
    const key = digest(accessToken);
    const hint = this.#hints.get(key);
    this.#hints.delete(key);
    return hint;
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
