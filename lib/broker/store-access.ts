import { ConfigurationError, OidcAuthError, StoreUnavailableError } from '../errors/index.js';
import type { BrokerStore } from './store.js';
import type { Timing } from './timing.js';

const FIRST_BACK_OFF = 500;
const LONGEST_BACK_OFF = 10_000;

/** What went wrong with the store: a code of the database or a kind of error, never its text, which may hold values. */
export type ReportFailure = (code: string, remedy?: string) => void;

/** The way to the store: opened at the first need and again after a failure; whatever fails there is a 503. */
export class StoreAccess {
  #ready = false;
  #booting = false;
  #closed = false;
  #opening: Promise<void> | undefined;
  #failure: { until: number; backOff: number } | undefined;

  constructor(
    private readonly store: BrokerStore,
    private readonly timing: Timing,
    private readonly report: ReportFailure,
    /** What has to succeed, once, before the store is used. */
    private readonly prepare: (store: BrokerStore) => Promise<void>,
  ) {}

  /**
   * Opens the store while the application boots.
   *
   * @throws {@link ConfigurationError} if an administrator has to mend something; a store that cannot be reached stops
   *   nobody: it is tried again at the first need
   */
  async start(): Promise<void> {
    this.#booting = true;
    try {
      await this.#open();
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
    } finally {
      this.#booting = false;
    }
  }

  /** @throws {@link StoreUnavailableError}; whether the statement took effect is then unknown */
  async use<T>(verb: (store: BrokerStore) => Promise<T>): Promise<T> {
    if (!this.#ready) await this.#opened();
    try {
      return await verb(this.store);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    await this.store.close();
  }

  async #opened(): Promise<void> {
    if (this.#closed) throw new StoreUnavailableError();
    const wait = (this.#failure?.until ?? 0) - this.timing.elapsed();
    if (this.#failure && wait > 0) throw new StoreUnavailableError(wait / 1000);
    try {
      await this.#open();
    } catch {
      throw new StoreUnavailableError((this.#failure?.backOff ?? 0) / 1000);
    }
  }

  /** One attempt at a time. */
  #open(): Promise<void> {
    this.#opening ??= this.#attempt().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #attempt(): Promise<void> {
    try {
      await this.store.open();
      await this.prepare(this.store);
      this.#ready = true;
      this.#failure = undefined;
    } catch (error) {
      const backOff = Math.min((this.#failure?.backOff ?? FIRST_BACK_OFF / 2) * 2, LONGEST_BACK_OFF);
      this.#failure = { until: this.timing.elapsed() + backOff, backOff };
      // what stops the boot is told by that
      if (!this.#booting || !(error instanceof ConfigurationError)) this.#failed(error);
      throw error;
    }
  }

  #failed(error: unknown): OidcAuthError {
    if (error instanceof OidcAuthError) return error;
    if (error instanceof ConfigurationError) this.report('configuration', error.problems.join(' '));
    else this.report(codeOf(error));
    return new StoreUnavailableError();
  }
}

/** `ECONNREFUSED`, `40P01`, `SQLITE_FULL`: what identifies a failure and holds nothing of what was stored. */
function codeOf(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    name?: unknown;
  };
  const known = [code, name].find((part) => typeof part === 'string' && /^[\w-]{1,64}$/.test(part));
  return typeof code === 'number' ? String(code) : ((known as string | undefined) ?? 'unknown');
}
