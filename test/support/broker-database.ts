import { MemoryBrokerStore } from '../../lib/broker/memory/memory.store.js';
import type { BrokerStore, SessionRow } from '../../lib/broker/store.js';
import type { Host, VirtualTime } from './broker-time.js';

/** A statement under way from a process to the database. */
export interface Statement {
  host: Host;
  verb: keyof BrokerStore;
  args: readonly unknown[];
  /** When it was sent. */
  sent: number;
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

interface Plan {
  verb: keyof BrokerStore;
  mishap: Mishap;
  /** Nobody: whoever makes the statement. */
  host: Host | undefined;
  /** How many others come first. */
  skip: number;
}

/** Not part of the refresh protocol: these never fail and take no time. */
const DIRECT = [
  ...['open', 'close', 'keys', 'addKey', 'resealKey', 'removeKey'],
  ...['peerKeys', 'keepPeerKeys', 'forgetPeersExcept'],
];

/** One database for all processes, in memory, behind wires on which statements take time, get lost and come late. */
export class Database {
  store: BrokerStore;
  /** Statements take no time at all, not even a turn of the event loop, as with a database in the same process. */
  instant = false;
  /** Away for everybody. */
  away = false;
  /** Processes that cannot reach it. */
  readonly cut = new Set<Host>();
  /** What becomes of the statements to come for which nothing was planned. */
  mishap: (statement: Statement) => Mishap | undefined = () => undefined;
  /** Milliseconds that a message takes. */
  travel: () => number = () => 1;
  readonly executed: Executed[] = [];
  /** Statements that are on their way to being executed. */
  underWay = 0;
  readonly #planned: Plan[] = [];

  constructor(
    private readonly time: VirtualTime,
    private readonly now: () => number,
  ) {
    this.store = new MemoryBrokerStore(now);
  }

  /** The database as a process sees it. */
  linkOf(host: Host): BrokerStore {
    return new Proxy(this.store, {
      get: (_, verb: keyof BrokerStore) =>
        DIRECT.includes(verb)
          ? this.store[verb].bind(this.store)
          : (...args: unknown[]) => this.#send({ host, verb, args, sent: this.time.now }),
    });
  }

  /** The next statement of this kind, after `skip` others, meets this mishap; what was planned first comes first. */
  next(verb: keyof BrokerStore, mishap: Mishap, { host, skip = 0 }: { host?: Host; skip?: number } = {}): void {
    this.#planned.push({ verb, mishap, host, skip });
  }

  /** What was planned is off, and everybody reaches it. */
  calm(): void {
    this.#planned.length = 0;
    this.away = false;
    this.cut.clear();
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

  /** The database fails over to a copy that lacks what was executed from this moment on, although it was acknowledged. */
  async failOver(from: number): Promise<void> {
    const log = this.executed.filter(({ at }) => at < from);
    this.executed.splice(0, Infinity, ...log);
    const keys = await this.store.keys();
    const since = this.time.now;
    let then: number | undefined = 0;
    const copy = new MemoryBrokerStore(() => (then === undefined ? this.now() : this.now() - since + then));
    for (const key of keys) await copy.addKey(key);
    for (const { verb, args, at } of log) {
      then = at;
      await callOn(copy, verb, args);
    }
    then = undefined;
    this.store = copy;
  }

  #send(statement: Statement): Promise<unknown> {
    const mishap = this.#planFor(statement) ?? this.mishap(statement);
    if (this.instant)
      return mishap?.kind === 'fails' ? Promise.reject(new Error('disk full')) : this.#execute(statement);
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

  #planFor({ verb, host }: Statement): Mishap | undefined {
    const meant = this.#planned.filter((plan) => plan.verb === verb && (plan.host ?? host) === host);
    const [due] = meant.filter((plan) => plan.skip === 0);
    for (const plan of meant) plan.skip = Math.max(0, plan.skip - 1);
    if (due) this.#planned.splice(this.#planned.indexOf(due), 1);
    return due?.mishap;
  }

  #later(milliseconds: number, happen: () => void): void {
    this.underWay += 1;
    this.time.after(milliseconds, undefined, () => {
      this.underWay -= 1;
      happen();
    });
  }

  async #execute(statement: Statement): Promise<unknown> {
    const result = await callOn(this.store, statement.verb, statement.args);
    this.executed.push({ ...statement, at: this.time.now, result });
    return result;
  }

  #isReached(host: Host): boolean {
    return !this.away && !this.cut.has(host) && !host.lost;
  }
}

function callOn(store: BrokerStore, verb: keyof BrokerStore, args: readonly unknown[]): Promise<unknown> {
  const verbs = store as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
  return verbs[verb]?.apply(store, [...args]) ?? Promise.reject(new Error('no such verb'));
}
