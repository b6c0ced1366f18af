import type { Timing } from '../../lib/broker/timing.js';

/** A process as time sees it: it may stand still for a while, or be gone for good (kill -9). */
export class Host {
  stands = false;
  dead = false;
  /** Nothing that it sent arrives any more either. */
  lost = false;

  constructor(readonly name: string) {}
}

interface Happening {
  due: number;
  /** To whom it happens; nobody: the world outside of all processes. */
  host: Host | undefined;
  happen: () => void;
}

const MOST_IDLE_TURNS = 10_000;

/**
 * Time that passes only when a test says so. What is to happen stands in a queue; between two happenings every promise
 * comes as far as it can. Nothing waits for real, and the same test takes the same course every time.
 */
export class VirtualTime {
  #now = 0;
  readonly #queue: Happening[] = [];
  /** What has to happen to hosts that stand still, once they go on. */
  readonly #missed: Happening[] = [];

  /** In milliseconds since the test began. */
  get now(): number {
    return this.#now;
  }

  /** How many timers and messages are under way. */
  get pending(): number {
    return this.#queue.length;
  }

  /** @returns takes it back */
  after(milliseconds: number, host: Host | undefined, happen: () => void): () => void {
    const happening = { due: this.#now + milliseconds, host, happen };
    this.#insert(happening);
    return () => {
      for (const list of [this.#queue, this.#missed]) {
        const index = list.indexOf(happening);
        if (index >= 0) list.splice(index, 1);
      }
    };
  }

  /** A process' own monotonic clock, which has nothing to do with another's. */
  timingOf(host: Host, ahead: number): Timing {
    return {
      elapsed: () => this.#now + ahead,
      sleep: (milliseconds, signal) =>
        new Promise<void>((resolve) => {
          if (signal?.aborted) {
            resolve();
            return;
          }
          const abort = () => {
            cancel();
            resolve();
          };
          // a timer takes a millisecond at least, as Node.js has it
          const cancel = this.after(Math.max(1, milliseconds), host, () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          });
          signal?.addEventListener('abort', abort);
        }),
    };
  }

  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await turn();
    while (await this.#next(until));
    this.#now = until;
  }

  /** Lets time pass until something holds. @throws if it does not within so many milliseconds */
  async until(holds: () => boolean, atMost = 600_000): Promise<void> {
    const limit = this.#now + atMost;
    await turn();
    let idle = 0;
    while (!holds()) {
      if (await this.#next(limit)) continue;
      // something may be at work off the event loop: signatures are
      if ((idle += 1) > MOST_IDLE_TURNS) throw new Error(`nothing of the kind within ${atMost} ms`);
      await turn();
    }
  }

  /** The outcome of a promise, as soon as time has brought it. */
  async outcomeOf<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = () => (settled = true);
    promise.then(settle, settle);
    await this.until(() => settled);
    return promise;
  }

  goOn(host: Host): void {
    host.stands = false;
    const missed = this.#missed.filter((one) => one.host === host);
    this.#missed.splice(0, Infinity, ...this.#missed.filter((one) => one.host !== host));
    for (const one of missed) this.#insert({ ...one, due: this.#now });
  }

  /** One happening. @returns whether there was one that is due by then */
  async #next(limit: number): Promise<boolean> {
    const [first] = this.#queue;
    if (!first || first.due > limit) return false;
    this.#queue.shift();
    this.#now = Math.max(this.#now, first.due);
    if (first.host?.dead) return true;
    if (first.host?.stands) {
      this.#missed.push(first);
      return true;
    }
    first.happen();
    await turn();
    return true;
  }

  /** First come, first served. */
  #insert(happening: Happening): void {
    const later = this.#queue.findIndex(({ due }) => due > happening.due);
    this.#queue.splice(later < 0 ? this.#queue.length : later, 0, happening);
  }
}

/** One turn of the event loop: every promise that can settle has settled. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
