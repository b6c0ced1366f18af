import type { Endings } from './endings.js';
import type { StoreAccess } from './store-access.js';
import { REMEMBERED } from './store.js';
import type { Timing } from './timing.js';

/** How many sessions one step looks at, and how many rows one statement deletes: on SQLite nothing else runs meanwhile. */
const STEP = 25;
/** Until a revocation that failed is tried again, in milliseconds. */
const RETRY = 3_600_000;

/**
 * Clears up behind sessions, in small steps: ends those that have expired, revokes what ended ones still hold at the
 * provider, and deletes what is a day old.
 */
export class Purge {
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly access: StoreAccess,
    private readonly endings: Endings,
    private readonly timing: Timing,
  ) {}

  /** Purges now and then, until {@link stop}. @param every in milliseconds */
  start(every: number): void {
    void this.#repeat(every);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** One whole purge; a second call joins the first. @returns when nothing is left, or the store cannot be reached */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  async #repeat(every: number): Promise<void> {
    while (!this.#isStopped()) {
      // processes that started together do not purge together
      await this.timing.sleep(every * (0.5 + Math.random()), this.#stopped.signal);
      if (!this.#isStopped()) await this.run();
    }
  }

  async #run(): Promise<void> {
    try {
      let more = true;
      while (more) more = await this.#step();
    } catch {
      // the store is away, which has been reported: the next purge finds what is left
    }
  }

  /** @returns whether there may be more */
  async #step(): Promise<boolean> {
    const ids = await this.access.use((store) => store.due(STEP));
    for (const id of ids) {
      if (this.#isStopped()) return false;
      await this.#settle(id);
    }
    const swept = await this.access.use((store) => store.sweep(STEP));
    return ids.length === STEP || swept >= STEP;
  }

  async #settle(id: string): Promise<void> {
    const reading = await this.access.use((store) => store.read(id));
    if (!reading || reading.row.dueAt > reading.now) return;
    const { generation, ended, endedAt } = reading.row;
    if (ended === '') {
      // a refresh that was under way when the session expired keeps it alive
      await this.endings.end(id, 'expired', { generation });
    } else if (!(await this.endings.clearUp(id))) {
      const givesUp = endedAt !== null && reading.now - endedAt > REMEMBERED;
      await this.access.use((store) => (givesUp ? store.empty(id) : store.postpone(id, RETRY)));
    }
  }
}
