import { hash } from 'node:crypto';
import type { IDToken } from './id-token.js';
import type { IssuerKeys } from './key-set.js';

interface Entry {
  token: IDToken;
  keys: IssuerKeys;
}

/**
 * Tokens whose proof has been seen, by a digest of the whole token: bounded, the longest unused go first. An entry counts
 * as long as its issuer's key set is the very same; times and requirements are the caller's to check on every request.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, Entry>();

  /** @param most how many are remembered; 0 remembers none */
  constructor(private readonly most: number) {}

  get(token: string, keys: IssuerKeys | undefined): IDToken | undefined {
    if (this.#entries.size === 0) return undefined;
    const key = digest(token);
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.keys !== keys) return undefined;
    this.#entries.set(key, entry);
    return entry.token;
  }

  add(token: string, verified: IDToken, keys: IssuerKeys): void {
    if (this.most === 0) return;
    this.#entries.set(digest(token), { token: verified, keys });
    if (this.#entries.size <= this.most) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

function digest(token: string): string {
  return hash('sha256', token, 'base64');
}
