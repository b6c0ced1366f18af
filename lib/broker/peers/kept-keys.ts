import { createHash } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import type { KeyMemory } from '../../tokens/index.js';
import type { StoreAccess } from '../store-access.js';
import type { Vault } from '../vault.js';

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
  ) {
    this.#id = peerId(issuer);
  }

  async recall(): Promise<{ issuers: readonly string[]; jwks: unknown; at: number } | undefined> {
    const sealed = await this.access.use((store) => store.peerKeys(this.#id));
    if (sealed === undefined) return undefined;
    const { at, jwks } = this.vault.open(sealed, ['peers', this.#id]);
    // the process that fetched them may have had a clock that is ahead
    return { issuers: [this.issuer], jwks, at: Math.min(Number(at), this.now()) };
  }

  /** Nobody waits for it, and what goes wrong is told by the way to the store. */
  keep(jwks: JSONWebKeySet): void {
    const sealed = this.vault.seal({ at: this.now(), jwks }, ['peers', this.#id]);
    this.access.use((store) => store.keepPeerKeys(this.#id, sealed)).catch(() => undefined);
  }
}
