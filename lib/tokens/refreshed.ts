import { Unavailable } from './token-rejection.js';

/** Times in milliseconds. */
export interface RefreshTimes {
  /** Age from which a value is fetched anew in the background. */
  refreshAfter: number;
  /** Age up to which a value is used while fetching fails. */
  maxAge: number;
  /** Least time between two fetches that failures or doubts cause. */
  cooldown: number;
}

/** A value, and when it was fetched, in milliseconds since 1970. */
export interface Fetched<T> {
  value: T;
  at: number;
}

const FIRST_BACK_OFF = 1_000;

/**
 * A value from elsewhere: fetched at the first need, renewed by age without anybody waiting, one fetch in flight, kept
 * while fetching fails, given up past its maximum age.
 */
export class Refreshed<T> {
  #held: Fetched<T> | undefined;
  #flight: Promise<T> | undefined;
  #failure: { cause: unknown; until: number; backOff: number } | undefined;
  #doubtedAt = -Infinity;
  #fetches = 0;

  constructor(
    private readonly fetchValue: () => Promise<T>,
    private readonly times: RefreshTimes,
    private readonly now: () => number,
    /** Whether a fetched value says the same as the one held; then the one held stays, and so does its identity. */
    private readonly same: (a: T, b: T) => boolean = () => false,
    /** What was fetched before this process began, if that is known. */
    private readonly recall?: () => Promise<Fetched<T> | undefined>,
  ) {}

  /**
   * The value, if it can be had without waiting. It is renewed in the background when it is old; when nobody asked for it
   * in a long time it is so old that waiting is better, unless fetching is known to fail.
   */
  current(): T | undefined {
    const held = this.#usable();
    if (held === undefined) return undefined;
    const age = this.now() - held.at;
    if (age < this.times.refreshAfter || this.#failing()) return held.value;
    if (age >= 2 * this.times.refreshAfter && this.#failure === undefined) return undefined;
    this.#fetch().catch(() => undefined);
    return held.value;
  }

  /**
   * The value, fetched if need be.
   *
   * @throws {@link Unavailable} while it cannot be fetched
   */
  async get(): Promise<T> {
    const current = this.current();
    if (current !== undefined) return current;
    try {
      return await this.#fetch();
    } catch (error) {
      const held = this.#usable();
      if (held) return held.value;
      throw error;
    }
  }

  /** How often a value was fetched so far. */
  get fetches(): number {
    return this.#fetches;
  }

  /**
   * A newer value than `doubted`, which lacks something: fetched at most once per cooldown, else what is there.
   *
   * @param fetches how often a value had been fetched when the caller began: what was fetched since is new enough
   * @throws {@link Unavailable} if the newest attempt failed, because then nobody knows
   */
  async newerThan(doubted: T, fetches = this.#fetches): Promise<T> {
    if (this.#flight) return this.#flight;
    if (this.#held && this.#held.value !== doubted) return this.#held.value;
    if (this.#failing()) throw this.#unavailable();
    if (this.now() - this.#doubtedAt < this.times.cooldown) return doubted;
    this.#doubtedAt = this.now();
    return this.#fetches > fetches ? doubted : this.#fetch();
  }

  /** What is held, up to its greatest age. */
  #usable(): Fetched<T> | undefined {
    return this.#held && this.now() - this.#held.at < this.times.maxAge ? this.#held : undefined;
  }

  #failing(): boolean {
    return this.#failure !== undefined && this.now() < this.#failure.until;
  }

  #unavailable(): Unavailable {
    const wait = Math.max(0, (this.#failure?.until ?? 0) - this.now());
    return new Unavailable(Math.max(1, Math.ceil(wait / 1000)), this.#failure?.cause);
  }

  async #fetch(): Promise<T> {
    if (this.#flight) return this.#flight;
    if (this.#failing()) throw this.#unavailable();
    this.#flight = this.#recalledOrFetched().finally(() => (this.#flight = undefined));
    return this.#flight;
  }

  async #recalledOrFetched(): Promise<T> {
    if (!this.#held && this.recall) {
      this.#held = await this.recall().catch(() => undefined);
      const held = this.#usable();
      if (held && this.now() - held.at < this.times.refreshAfter) return held.value;
    }
    return this.#fetchOnce();
  }

  async #fetchOnce(): Promise<T> {
    try {
      const fetched = await this.fetchValue();
      const value = this.#held && this.same(this.#held.value, fetched) ? this.#held.value : fetched;
      this.#held = { value, at: this.now() };
      this.#failure = undefined;
      this.#fetches += 1;
      return value;
    } catch (cause) {
      this.#failed(cause);
      throw this.#unavailable();
    }
  }

  /** With nothing usable in hand callers are waiting: the first attempts come soon. Else there is time. */
  #failed(cause: unknown): void {
    const next = this.#usable() ? this.times.cooldown : (this.#failure?.backOff ?? FIRST_BACK_OFF / 2) * 2;
    const backOff = Math.min(next, this.times.cooldown);
    this.#failure = { cause, until: this.now() + backOff, backOff };
  }
}
