import type { SessionRow } from '../store.js';

/** Beats without a sign of life after which the holder of a lease is dead. */
const BEATS_UNTIL_DEAD = 5;

/**
 * Watches somebody else's lease. The holder is dead when lease and beat stayed the same over five beats in an unbroken
 * series of reads, by this process' own monotonic clock: no two clocks are compared.
 */
export class Observer {
  #seen: { lease: string; beat: number; since: number; latest: number } | undefined;

  /** @param beatTime milliseconds between two beats */
  constructor(private readonly beatTime: number) {}

  /**
   * @param row as it was just read
   * @param asked when the read was begun, and `read` when it was answered, in milliseconds of the monotonic clock
   */
  isDead({ lease, beat }: SessionRow, asked: number, read: number): boolean {
    const seen = this.#seen;
    const unbroken = seen?.lease === lease && seen.beat === beat && read - seen.latest <= this.beatTime;
    if (!unbroken) {
      this.#seen = { lease, beat, since: read, latest: asked };
      return false;
    }
    seen.latest = asked;
    return asked - seen.since >= BEATS_UNTIL_DEAD * this.beatTime;
  }

  /** A read failed, or something else was done meanwhile: the count starts anew. */
  reset(): void {
    this.#seen = undefined;
  }
}
