import type { StoreAccess } from '../store-access.js';
import type { Timing } from '../timing.js';

/**
 * A lease that this process holds: it beats once a beat until it is dropped, and knows how long ago the store last said
 * that it was ours.
 */
export class Lease {
  readonly #dropped = new AbortController();
  /** When the latest statement that found the lease ours was begun. */
  #confirmed: number;
  #lost = false;

  constructor(
    private readonly access: StoreAccess,
    private readonly timing: Timing,
    private readonly beatTime: number,
    private readonly id: string,
    readonly name: string,
    /** When the taking was begun. */
    taken: number,
  ) {
    this.#confirmed = taken;
    void this.#keepBeating();
  }

  /** Whether sending is safe: the store said within a beat that the lease is ours. Beats once more, if it was longer ago. */
  async isFresh(): Promise<boolean> {
    if (!this.#isHeld()) return false;
    if (this.timing.elapsed() - this.#confirmed >= this.beatTime) await this.#beat();
    return this.#isHeld() && this.timing.elapsed() - this.#confirmed < this.beatTime;
  }

  drop(): void {
    this.#dropped.abort();
  }

  async #keepBeating(): Promise<void> {
    while (this.#isHeld()) {
      const due = this.#confirmed + this.beatTime - this.timing.elapsed();
      // a failed beat is tried again at once, which leaves the event loop its turns
      await this.timing.sleep(Math.max(due, this.beatTime / 20), this.#dropped.signal);
      if (this.#isHeld()) await this.#beatPatiently();
    }
  }

  /** A beat that is not answered keeps nobody from sending the next. */
  async #beatPatiently(): Promise<void> {
    const answered = new AbortController();
    void this.#beat().then(() => answered.abort());
    await this.timing.sleep(this.beatTime, answered.signal);
  }

  #isHeld(): boolean {
    return !this.#lost && !this.#dropped.signal.aborted;
  }

  async #beat(): Promise<void> {
    const begun = this.timing.elapsed();
    try {
      if (await this.access.use((store) => store.beat(this.id, this.name))) {
        this.#confirmed = Math.max(this.#confirmed, begun);
      } else this.#lost = true;
    } catch {
      // unknown: the next one tells
    }
  }
}
