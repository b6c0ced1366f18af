import { SessionBusyError } from '../../errors/index.js';
import type { Timing } from '../timing.js';
import type { Outcome } from './outcome.js';

interface Caller {
  /** In the order in which they came, from 1. */
  number: number;
  /** When the token was presented. */
  at: number;
}

/**
 * Those who wait for one refresh. Each leaves when its patience ends; the refresh itself goes on without them.
 *
 * What the store says holds for those who came before it was asked. A session may have ended between that and the moment
 * when somebody joins: who came later has to ask again.
 */
export class Callers {
  readonly #here = new Set<Caller>();
  #latest = 0;
  #told = 0;

  constructor(
    private readonly timing: Timing,
    /** In milliseconds. */
    private readonly patience: number,
  ) {}

  get areThere(): boolean {
    return this.#here.size > 0;
  }

  /** Whether somebody is there for whom the latest answer of the store holds. */
  get areTold(): boolean {
    return [...this.#here].some(({ number }) => number <= this.#told);
  }

  /** Number of the one who came last; 0: nobody yet. */
  get latest(): number {
    return this.#latest;
  }

  /** Milliseconds since the one who waits longest presented the token. */
  get waited(): number {
    const times = [...this.#here].map(({ at }) => at);
    return times.length === 0 ? 0 : this.timing.elapsed() - Math.min(...times);
  }

  /** Milliseconds until the last one leaves. */
  get left(): number {
    const times = [...this.#here].map(({ at }) => at);
    return times.length === 0 ? 0 : Math.max(...times) + this.patience - this.timing.elapsed();
  }

  /** The store has said that the session lives. @param latest who had come last when it was asked */
  tell(latest: number): void {
    this.#told = Math.max(this.#told, latest);
  }

  /**
   * Waits for the outcome as long as the patience lasts.
   *
   * @param presented when the token was presented
   */
  async wait(outcome: Promise<Outcome | 'abandoned'>, presented: number): Promise<Outcome | 'ask again'> {
    const caller = { number: ++this.#latest, at: presented };
    this.#here.add(caller);
    const settled = new AbortController();
    const left = presented + this.patience - this.timing.elapsed();
    const impatient = this.timing.sleep(left, settled.signal).then((): Outcome => {
      this.#here.delete(caller);
      return { kind: 'unavailable', error: new SessionBusyError() };
    });
    try {
      const first = await Promise.race([outcome, impatient]);
      const late = first === 'abandoned' || (first.kind === 'successor' && caller.number > this.#told);
      return late ? 'ask again' : first;
    } finally {
      this.#here.delete(caller);
      settled.abort();
    }
  }
}
