import { createHash } from 'node:crypto';

const MOST = 1_000;

/**
 * The ID tokens of recent log-ins in this process, by their access token: with one as hint, a provider logs out without
 * asking the user again. Bounded, the oldest go first; where none is left, the client id has to do.
 */
export class LogoutHints {
  readonly #hints = new Map<string, string>();

  remember(accessToken: string, idToken: string): void {
    this.#hints.set(digest(accessToken), idToken);
    if (this.#hints.size <= MOST) return;
    const [oldest] = this.#hints.keys();
    if (oldest !== undefined) this.#hints.delete(oldest);
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
