import { SessionBusyError } from '../../errors/index.js';
import type { Timing } from '../timing.js';
import type { Outcome } from './outcome.js';

/** Those who wait for one refresh. Each leaves when its patience ends; the refresh itself goes on without them. */
export class Callers {
  readonly #presented = new Set<{ at: number }>();

  constructor(
    private readonly timing: Timing,
    /** In milliseconds. */
    private readonly patience: number,
  ) {}

  get areThere(): boolean {
    return this.#presented.size > 0;
  }

  /** Milliseconds since the one who waits longest presented the token. */
  get waited(): number {
    const times = [...this.#presented].map(({ at }) => at);
    return times.length === 0 ? 0 : this.timing.elapsed() - Math.min(...times);
  }

  /** Milliseconds until the last one leaves. */
  get left(): number {
    const times = [...this.#presented].map(({ at }) => at);
    return times.length === 0 ? 0 : Math.max(...times) + this.patience - this.timing.elapsed();
  }

  /** Waits for the outcome as long as the patience lasts. */
  async wait(outcome: Promise<Outcome>): Promise<Outcome> {
    const caller = { at: this.timing.elapsed() };
    this.#presented.add(caller);
    const settled = new AbortController();
    const impatient = this.timing.sleep(this.patience, settled.signal).then((): Outcome => {
      this.#presented.delete(caller);
      return { kind: 'unavailable', error: new SessionBusyError() };
    });
    try {
      return await Promise.race([outcome, impatient]);
    } finally {
      this.#presented.delete(caller);
      settled.abort();
    }
  }
}
