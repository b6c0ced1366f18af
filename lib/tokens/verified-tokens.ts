import { hash } from 'node:crypto';
import type { IDToken } from './id-token.js';
import type { JsonObject } from './jws.js';
import type { IssuerKeys, KeySet } from './key-set.js';
import { Remembered } from './remembered.js';

/** A token as its proof has left it. */
interface Proven {
  /** The claims as they were written. */
  text: string;
  tokenOf: (claims: JsonObject) => IDToken;
  /** The key set as it was when it verified the token. */
  keys: IssuerKeys;
  /** Whose it is: every issuer has one of its own. */
  keySet: KeySet;
}

interface Entry extends Proven {
  /** Made when it is asked for: its many small values take most of the memory, and many a token never comes again. */
  token: IDToken | undefined;
}

/**
 * Tokens whose proof has been seen, by a digest of the whole token: bounded over all issuers. An entry counts as long as its
 * issuer's key set is the very same; times and requirements are the caller's to check on every request.
 */
export class VerifiedTokens {
  readonly #entries: Remembered<Entry>;
  /** The same token is often asked for twice in a row. */
  #asked = { token: '', key: '' };

  /** @param most how many are remembered; 0 remembers none */
  constructor(private readonly most: number) {
    this.#entries = new Remembered(most);
  }

  /** Under which the token is remembered. */
  keyOf(token: string): string {
    if (this.most > 0 && token !== this.#asked.token) this.#asked = { token, key: hash('sha256', token, 'binary') };
    return this.#asked.key;
  }

  get(key: string): { token: IDToken; keySet: KeySet } | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const { keys, keySet } = entry;
    if (keys !== keySet.current()) {
      this.#entries.delete(key);
      return undefined;
    }
    if (!entry.token) {
      entry.token = entry.tokenOf(JSON.parse(entry.text) as JsonObject);
      entry.text = '';
    }
    return { token: entry.token, keySet };
  }

  add(key: string, { text, tokenOf, keys, keySet }: Proven): void {
    if (this.most > 0) this.#entries.set(key, { text, tokenOf, keys, keySet, token: undefined });
  }
}
