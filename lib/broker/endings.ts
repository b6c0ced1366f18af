import type { IdentityProvider } from './identity-provider.js';
import { contentFrom } from './session-content.js';
import type { SessionWatch } from './session-watch.js';
import type { StoreAccess } from './store-access.js';
import type { EndCondition, SessionRow } from './store.js';
import type { Timing } from './timing.js';
import type { Vault } from './vault.js';

/** How long whoever ends a session waits for the provider to confirm; it goes on without a witness. */
const PATIENCE = 3_000;
/** A token that no row holds is revoked within an hour, or lives until the provider ends it. */
const ATTEMPTS = 15;
const FIRST_BACK_OFF = 1_000;
const LONGEST_BACK_OFF = 600_000;

export interface EndingParts {
  access: StoreAccess;
  vault: Vault;
  provider: IdentityProvider;
  watch: SessionWatch;
  timing: Timing;
  now: () => number;
  report: (reason: string, id: string) => void;
}

/**
 * Ends sessions. The row ends first; only then it is read, and what it holds is revoked at the provider: read before, it
 * could be yesterday's token by then.
 */
export class Endings {
  readonly #jobs = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(private readonly parts: EndingParts) {}

  /**
   * @returns whether it was this call that ended the session
   * @throws {@link StoreUnavailableError} if nobody knows whether it has ended
   */
  async end(id: string, reason: string, only: EndCondition = {}): Promise<boolean> {
    const hit = await this.parts.access.use((store) => store.end(id, reason, only));
    if (hit) await this.ended(id, reason);
    return hit;
  }

  /** What follows from the end of a session. */
  async ended(id: string, reason: string): Promise<void> {
    this.parts.watch.ended(id);
    this.parts.report(reason, id);
    await this.#patiently(this.clearUp(id));
  }

  /**
   * Revokes what an ended session still holds, and empties it once the provider has confirmed.
   *
   * @returns whether nothing is left to do
   */
  async clearUp(id: string): Promise<boolean> {
    try {
      const reading = await this.parts.access.use((store) => store.read(id));
      if (reading === undefined || reading.row.ended === '' || reading.row.sealed === '') return true;
      await this.#revokeHeld(reading.row);
      return await this.parts.access.use((store) => store.empty(id));
    } catch {
      // purge tries again
      return false;
    }
  }

  /** Revokes a token that no row holds. Nobody else would try again: this goes on without the one who asks. */
  async revoke(refreshToken: string | undefined): Promise<void> {
    if (refreshToken === undefined) return;
    await this.#patiently(this.#revokeOrphan(refreshToken));
  }

  /** The application goes down: settles when what is under way has come to its end, or has been tried once more. */
  async settled(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#jobs);
  }

  async #revokeOrphan(refreshToken: string): Promise<void> {
    const { provider, timing } = this.parts;
    const { signal } = this.#closing;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const last = signal.aborted;
      try {
        await provider.revoke(refreshToken);
        return;
      } catch {
        if (last) return;
      }
      await timing.sleep(Math.min(FIRST_BACK_OFF * 2 ** (attempt - 1), LONGEST_BACK_OFF), signal);
    }
  }

  async #revokeHeld({ id, generation, sealed }: SessionRow): Promise<void> {
    const { vault, provider, now } = this.parts;
    const { refreshToken, refreshExpiresAt = Infinity } = contentFrom(vault.open(sealed, ['sessions', id, generation]));
    if (refreshToken !== undefined && refreshExpiresAt > now()) await provider.revoke(refreshToken);
  }

  async #patiently(job: Promise<unknown>): Promise<void> {
    const settled = new AbortController();
    this.#jobs.add(job);
    void job.finally(() => {
      this.#jobs.delete(job);
      settled.abort();
    });
    await this.parts.timing.sleep(PATIENCE, settled.signal);
  }
}
