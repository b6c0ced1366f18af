import type { DataSource } from 'typeorm';
import type {
  BrokerStore,
  EndCondition,
  NewSession,
  NextGeneration,
  SessionReading,
  SessionRow,
  StoredKey,
} from '../store.js';
import type { Dialect } from './dialect.js';
import { dialectOf, schemaOf, sqlOf } from './engines.js';
import { openingFailure } from './failures.js';
import { prepareSchema } from './migrate.js';
import { idFrom, keyFrom, milliseconds, readingFrom, sealedFrom } from './rows.js';
import type { Row, Sql, SqlLimits, Statement, Value } from './sql.js';
import { statementsOf, type Statements } from './statements.js';
import { tablesOf } from './tables.js';

/** Where the DataSource comes from, and who lets go of it. */
export interface Source {
  /** An initialised DataSource. */
  obtain(): Promise<DataSource>;
  release(): Promise<void>;
  /** Whether nobody else uses it. */
  readonly own: boolean;
}

export interface SqlStoreSettings {
  prefix: string;
  migrate: boolean;
  limits?: SqlLimits;
}

interface Database {
  sql: Sql;
  dialect: Dialect;
  statements: Statements;
}

const LIMITS: SqlLimits = { statement: 10_000, script: 60_000 };

/** The store on a relational database: every verb is one statement. */
export class SqlBrokerStore implements BrokerStore {
  #opened: Database | undefined;

  constructor(
    private readonly source: Source,
    private readonly settings: SqlStoreSettings,
  ) {}

  async open(): Promise<void> {
    if (this.#opened) return;
    try {
      this.#opened = await this.#prepare(await this.source.obtain());
    } catch (error) {
      await this.source.release();
      throw openingFailure(error);
    }
  }

  async close(): Promise<void> {
    this.#opened = undefined;
    await this.source.release();
  }

  async insert({ id, sealed, lifetime, sidKey, subKey }: NewSession): Promise<void> {
    await this.#hits(this.#statements.insert, [id, milliseconds(lifetime), sidKey, subKey, sealed]);
  }

  async read(id: string): Promise<SessionReading | undefined> {
    const [row] = await this.#rows(this.#statements.read, [id]);
    return row && readingFrom(id, row);
  }

  async lives(id: string): Promise<boolean> {
    return (await this.#rows(this.#statements.lives, [id])).length > 0;
  }

  async idsOf(by: 'sidKey' | 'subKey', key: string, limit: number): Promise<string[]> {
    const column = by === 'sidKey' ? 'sid_key' : 'sub_key';
    return (await this.#rows(this.#statements.idsOf(column, limit), [key])).map(idFrom);
  }

  async take(id: string, seen: Pick<SessionRow, 'generation' | 'lease' | 'beat'>, lease: string): Promise<boolean> {
    return this.#hit(this.#statements.take, [lease, id, seen.generation, seen.lease, seen.beat]);
  }

  async beat(id: string, lease: string): Promise<boolean> {
    return this.#hit(this.#statements.beat, [id, lease]);
  }

  async commit(id: string, generation: number, { sealed, lifetime, handed }: NextGeneration): Promise<boolean> {
    return this.#hit(this.#statements.commit, [sealed, milliseconds(lifetime), Number(handed), id, generation]);
  }

  async stamp(id: string, generation: number, handed: boolean): Promise<boolean> {
    return this.#hit(this.#statements.stamp, [Number(handed), id, generation]);
  }

  async release(id: string, lease: string): Promise<boolean> {
    return this.#hit(this.#statements.release, [id, lease]);
  }

  async end(id: string, reason: string, { generation, lease, handed }: EndCondition = {}): Promise<boolean> {
    const only: (keyof EndCondition)[] = [];
    const values: Value[] = [reason, id];
    if (generation !== undefined) {
      only.push('generation');
      values.push(generation);
    }
    if (lease !== undefined) {
      only.push('lease');
      values.push(lease);
    }
    if (handed) only.push('handed');
    return this.#hit(this.#statements.end(only), values);
  }

  async due(limit: number): Promise<string[]> {
    return (await this.#rows(this.#statements.due(limit), [])).map(idFrom);
  }

  async empty(id: string): Promise<boolean> {
    return this.#hit(this.#statements.empty, [id]);
  }

  async postpone(id: string, delay: number): Promise<boolean> {
    return this.#hit(this.#statements.postpone, [milliseconds(delay), id]);
  }

  async sweep(limit: number): Promise<number> {
    const sessions = await this.#hits(this.#statements.sweepSessions(limit), []);
    return sessions + (await this.#hits(this.#statements.sweepNotes(limit), []));
  }

  /** A note whose time is over is renewed, else there must be none: each is one statement, and nothing fits between them. */
  async note(key: string, lifetime: number): Promise<boolean> {
    const values = [milliseconds(lifetime), key];
    return (await this.#hit(this.#statements.renewNote, values)) || (await this.#hit(this.#statements.addNote, values));
  }

  async noted(keys: readonly string[]): Promise<boolean> {
    if (keys.length === 0) return false;
    const { condition, parameters } = this.#database.dialect.among(keys);
    return (await this.#rows(this.#statements.noted(condition), parameters)).length > 0;
  }

  async keys(): Promise<StoredKey[]> {
    return (await this.#rows(this.#statements.keys, [])).map(keyFrom);
  }

  async addKey({ sequence, sealed }: StoredKey): Promise<boolean> {
    return this.#hit(this.#statements.addKey, [sequence, sealed]);
  }

  async resealKey(sequence: number, from: string, to: string): Promise<boolean> {
    return this.#hit(this.#statements.resealKey, [to, sequence, from]);
  }

  async removeKey(sequence: number): Promise<void> {
    await this.#hits(this.#statements.removeKey, [sequence]);
  }

  async peerKeys(peer: string): Promise<string | undefined> {
    const [row] = await this.#rows(this.#statements.peerKeys, [peer]);
    return row && sealedFrom(row);
  }

  async keepPeerKeys(peer: string, sealed: string): Promise<void> {
    await this.#hits(this.#statements.keepPeerKeys, [peer, sealed]);
  }

  async forgetPeersExcept(peers: readonly string[]): Promise<void> {
    const { condition, parameters } = this.#database.dialect.among(peers);
    await this.#hits(this.#statements.forgetPeersExcept(condition), parameters);
  }

  get #database(): Database {
    if (!this.#opened) throw new Error('The store is not open.');
    return this.#opened;
  }

  get #statements(): Statements {
    return this.#database.statements;
  }

  #rows(statement: Statement, values: readonly Value[]): Promise<Row[]> {
    return this.#database.sql.rows(statement, values);
  }

  #hits(statement: Statement, values: readonly Value[]): Promise<number> {
    return this.#database.sql.hits(statement, values);
  }

  async #hit(statement: Statement, values: readonly Value[]): Promise<boolean> {
    return (await this.#hits(statement, values)) > 0;
  }

  async #prepare(dataSource: DataSource): Promise<Database> {
    const { prefix, migrate, limits = LIMITS } = this.settings;
    const dialect = dialectOf(dataSource.options);
    const tables = tablesOf(dialect, prefix, schemaOf(dataSource.options));
    const statements = statementsOf(dialect, tables);
    const sql = sqlOf(dataSource, limits, this.source.own);
    await prepareSchema({ sql, dialect, tables, prefix, probes: statements.probes }, migrate);
    return { sql, dialect, statements };
  }
}
