import { MemoryBrokerStore } from '../../lib/broker/memory/memory.store.js';
import type { BrokerStore, SessionRow } from '../../lib/broker/store.js';
import type { Host, VirtualTime } from './broker-time.js';

/** A statement under way from a process to the database. */
export interface Statement {
  host: Host;
  verb: keyof BrokerStore;
  args: readonly unknown[];
}

/** What may become of a statement. */
export type Mishap =
  /** It fails and is never executed. */
  | { kind: 'fails' }
  /** It is executed, and its sender hears of an error. */
  | { kind: 'answer lost' }
  /** Its sender hears of an error at once; it is executed so many milliseconds later. */
  | { kind: 'late'; after: number }
  /** It is executed, and answered, that much later. */
  | { kind: 'slow'; before: number; after: number };

/** A statement that has been executed, and what the store said. */
export type Executed = Statement & { at: number; result: unknown };

/** Not part of the refresh protocol: these never fail and take no time. */
const DIRECT = ['open', 'close', 'keys', 'addKey', 'resealKey', 'removeKey'];

/** One database for all processes, in memory, behind wires on which statements take time, get lost and come late. */
export class Database {
  readonly store: BrokerStore;
  /** Away for everybody. */
  away = false;
  /** Processes that cannot reach it. */
  readonly cut = new Set<Host>();
  /** What becomes of the statements to come. */
  mishap: (statement: Statement) => Mishap | undefined = () => undefined;
  /** Milliseconds that a message takes. */
  travel: () => number = () => 1;
  readonly executed: Executed[] = [];
  /** Statements that are on their way to being executed. */
  underWay = 0;

  constructor(
    private readonly time: VirtualTime,
    now: () => number,
  ) {
    this.store = new MemoryBrokerStore(now);
  }

  /** The database as a process sees it. */
  linkOf(host: Host): BrokerStore {
    return new Proxy(this.store, {
      get: (store, verb: keyof BrokerStore) =>
        DIRECT.includes(verb) ? store[verb].bind(store) : (...args: unknown[]) => this.#send({ host, verb, args }),
    });
  }

  /** The next statement of this kind, after `skip` others, meets this mishap. */
  next(verb: keyof BrokerStore, mishap: Mishap, { host, skip = 0 }: { host?: Host; skip?: number } = {}): void {
    const others = this.mishap;
    let left = skip;
    let met = false;
    this.mishap = (statement) => {
      const meant = !met && statement.verb === verb && (host === undefined || statement.host === host);
      if (!meant || left-- > 0) return others(statement);
      met = true;
      return mishap;
    };
  }

  /** The session as it stands. */
  async row(id: string): Promise<SessionRow> {
    const reading = await this.store.read(id);
    if (!reading) throw new Error('there is no such session');
    return reading.row;
  }

  /** How many statements of this kind were executed. */
  count(verb: keyof BrokerStore, host?: Host): number {
    return this.executed.filter((one) => one.verb === verb && (host === undefined || one.host === host)).length;
  }

  #send(statement: Statement): Promise<unknown> {
    const mishap = this.mishap(statement);
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => void this.time.after(this.travel(), statement.host, settle);
      const fail = () => reject(Object.assign(new Error('connection lost'), { code: 'ECONNRESET' }));
      this.underWay += 1;
      this.time.after(this.travel(), undefined, () => {
        this.underWay -= 1;
        if (!this.#isReached(statement.host) || mishap?.kind === 'fails') answer(fail);
        else if (mishap?.kind === 'slow') {
          this.#later(mishap.before, () => {
            const result = this.#execute(statement);
            this.#later(mishap.after, () => answer(() => (this.#isReached(statement.host) ? resolve(result) : fail())));
          });
        } else if (mishap?.kind === 'late') {
          answer(fail);
          this.#later(mishap.after, () => void this.#execute(statement));
        } else {
          const result = this.#execute(statement);
          const told = () => mishap === undefined && this.#isReached(statement.host);
          answer(() => (told() ? resolve(result) : fail()));
        }
      });
    });
  }

  #later(milliseconds: number, happen: () => void): void {
    this.underWay += 1;
    this.time.after(milliseconds, undefined, () => {
      this.underWay -= 1;
      happen();
    });
  }

  async #execute(statement: Statement): Promise<unknown> {
    const store = this.store as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
    const result = await store[statement.verb]?.(...statement.args);
    this.executed.push({ ...statement, at: this.time.now, result });
    return result;
  }

  #isReached(host: Host): boolean {
    return !this.away && !this.cut.has(host) && !host.lost;
  }
}
