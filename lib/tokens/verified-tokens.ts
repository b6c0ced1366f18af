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

interface Remembered extends Entry {
  /** Since it was last among the oldest. */
  used: boolean;
}

/**
 * Tokens whose proof has been seen, by a digest of the whole token: bounded over all issuers, the oldest that nobody has
 * used since goes first. An entry counts as long as its issuer's key set is the very same; times and requirements are the
 * caller's to check on every request.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, Remembered>();
  /** The same token is often asked for twice in a row. */
  #asked = { token: '', key: '' };

  /** @param most how many are remembered; 0 remembers none */
  constructor(private readonly most: number) {}

  /** Under which the token is remembered. */
  keyOf(token: string): string {
    if (this.most > 0 && token !== this.#asked.token) this.#asked = { token, key: hash('sha256', token, 'binary') };
    return this.#asked.key;
  }

  get(key: string): Readonly<Entry> | undefined {
    const entry = this.#entries.get(key);
    if (entry && entry.keys !== entry.keySet.current()) {
      this.#entries.delete(key);
      return undefined;
    }
    if (entry) entry.used = true;
    return entry;
  }

  add(key: string, { token, keys, keySet }: Entry): void {
    if (this.most === 0) return;
    if (this.#entries.size >= this.most) this.#makeRoom();
    this.#entries.set(key, { token, keys, keySet, used: false });
  }

  #makeRoom(): void {
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      if (!entry.used) return;
      entry.used = false;
      this.#entries.set(key, entry);
    }
  }
}
