import { createHash } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { JsonObject, KeyMemory } from '../../tokens/index.js';
import type { StoreAccess } from '../store-access.js';
import { SealKeyUnknown, type Vault } from '../vault.js';

/** Tells of what the store holds and nobody here can open. */
export type ReportUnreadable = (reason: 'encryption_key_unknown' | 'row_broken', row: string) => void;

/** In milliseconds. */
const CLOCKS_APART = 60_000;

/** The name of a peer in the store. */
export function peerId(issuer: string): string {
  return createHash('sha256').update(issuer).digest('base64url');
}

/**
 * A peer's keys in the store, so that a restart works while the peer is down. When they were fetched lies inside the seal:
 * whoever can write to the database makes no old key set young again.
 */
export class KeptKeys implements KeyMemory {
  readonly #id: string;

  constructor(
    private readonly issuer: string,
    private readonly access: StoreAccess,
    private readonly vault: Vault,
    private readonly now: () => number,
    private readonly unreadable: ReportUnreadable,
  ) {
    this.#id = peerId(issuer);
  }

  async recall(): Promise<{ issuers: readonly string[]; jwks: unknown; at: number } | undefined> {
    const sealed = await this.access.use((store) => store.peerKeys(this.#id));
    if (sealed === undefined) return undefined;
    const { at, jwks } = this.#open(sealed);
    // another process' clock may be ahead by a little; by more, and nobody knows how old they are
    if (typeof at !== 'number' || at > this.now() + CLOCKS_APART) return undefined;
    return { issuers: [this.issuer], jwks, at: Math.min(at, this.now()) };
  }

  /** Nobody waits for it, and what goes wrong is told by the way to the store. */
  keep(jwks: JSONWebKeySet): void {
    const sealed = this.vault.seal({ at: this.now(), jwks }, ['peers', this.#id]);
    this.access.use((store) => store.keepPeerKeys(this.#id, sealed)).catch(() => undefined);
  }

  #open(sealed: string): JsonObject {
    try {
      return this.vault.open(sealed, ['peers', this.#id]);
    } catch (error) {
      this.unreadable(error instanceof SealKeyUnknown ? 'encryption_key_unknown' : 'row_broken', `peer ${this.issuer}`);
      throw error;
    }
  }
}
