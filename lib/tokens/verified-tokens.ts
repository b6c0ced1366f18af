import { hash } from 'node:crypto';
import type { IDToken } from './id-token.js';
import type { IssuerKeys, KeySet } from './key-set.js';

interface Entry {
  token: IDToken;
  /** The key set as it was when it verified the token. */
  keys: IssuerKeys;
  /** Whose it is: every issuer has one of its own. */
  keySet: KeySet;
}

/**
 * Tokens whose proof has been seen, by a digest of the whole token: bounded over all issuers, the longest unused go first.
 * An entry counts as long as its issuer's key set is the very same; times and requirements are the caller's to check on
 * every request.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, Entry>();
  /** Who asks in vain adds next. */
  #asked = { token: '', digest: '' };

  /** @param most how many are remembered; 0 remembers none */
  constructor(private readonly most: number) {}

  get(token: string): { token: IDToken; keySet: KeySet } | undefined {
    if (this.most === 0) return undefined;
    const key = this.#digestOf(token);
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.keys !== entry.keySet.current()) return undefined;
    this.#entries.set(key, entry);
    return entry;
  }

  add(token: string, entry: Entry): void {
    if (this.most === 0) return;
    this.#entries.set(this.#digestOf(token), entry);
    if (this.#entries.size <= this.most) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  #digestOf(token: string): string {
    if (token !== this.#asked.token) this.#asked = { token, digest: hash('sha256', token, 'base64') };
    return this.#asked.digest;
  }
}
