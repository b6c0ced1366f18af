import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './retry.js';
import { WriteAheadLog } from './wal.js';
import type { Row, Script, Sql, SqlLimits, Statement, Value } from './sql.js';

/** TypeORM's driver, as far as it is used. */
export interface SqliteDriver {
  databaseConnection: Database;
}

interface Database {
  readonly inTransaction: boolean;
  /** The file. */
  readonly name: string;
  prepare(sql: string): Prepared;
}

interface Prepared {
  readonly reader: boolean;
  run(...values: unknown[]): { changes: number };
  all(...values: unknown[]): Row[];
}

/** Between two looks at a database that is busy, in milliseconds. */
const LONGEST_PAUSE = 10;

/** The application holds a transaction open on the connection that it shares with us. */
class Occupied extends Error {
  readonly code = 'SQLITE_BUSY';

  constructor() {
    super('A transaction of the application has been open for too long.');
  }
}

/**
 * SQLite with better-sqlite3. There is one connection, and the application's transactions are on it, too: a statement of
 * ours would be rolled back with them. So it waits until there is none; what looks and what runs is one step of the event
 * loop.
 */
export class SqliteSql implements Sql {
  #prepared: { database: Database; statements: Map<string, Prepared> } | undefined;
  readonly #log: WriteAheadLog | undefined;

  /** @param own whether nobody else uses the connection: then it is for us to see that what has to last does */
  constructor(
    private readonly driver: SqliteDriver,
    private readonly limits: SqlLimits,
    own: boolean,
  ) {
    if (own) this.#log = new WriteAheadLog(driver.databaseConnection.name);
  }

  /**
   * A change that must not be undone by a power failure waits for the disk: a session that has ended, a refresh that the
   * provider has counted, a signing key. The lease of a process that lost its power is worth nothing.
   */
  async hits(statement: Statement, values: readonly Value[]): Promise<number> {
    const { changes } = await this.#whenFree(this.limits.statement, (database) =>
      this.#prepare(database, statement).run(...values),
    );
    if (statement.lasting && changes > 0) await this.#log?.flushed();
    return changes;
  }

  rows(statement: Statement, values: readonly Value[]): Promise<Row[]> {
    // the driver's own list is none of ours under Jest, whose tests have globals of their own
    return this.#whenFree(this.limits.statement, (database) => [...this.#prepare(database, statement).all(...values)]);
  }

  play(script: () => Script): Promise<void> {
    return this.#whenFree(this.limits.script, (database) => {
      play(database, script());
    });
  }

  async #whenFree<T>(limit: number, run: (database: Database) => T): Promise<T> {
    const end = performance.now() + limit;
    for (;;) {
      const database = this.driver.databaseConnection;
      try {
        if (database.inTransaction) throw new Occupied();
        return run(database);
      } catch (error) {
        if (!isBusy(error) || performance.now() >= end) throw error;
      }
      await sleep(1 + Math.random() * LONGEST_PAUSE);
    }
  }

  #prepare(database: Database, { name, text }: Statement): Prepared {
    // a DataSource that was destroyed and initialised again has another connection
    if (this.#prepared?.database !== database) this.#prepared = { database, statements: new Map() };
    const { statements } = this.#prepared;
    let prepared = statements.get(name);
    if (!prepared) statements.set(name, (prepared = database.prepare(text)));
    return prepared;
  }
}

/** The database has certainly done nothing. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

/** In one step of the event loop, all or nothing. */
function play(database: Database, script: Script): void {
  const run = (sql: string): Row[] => {
    const prepared = database.prepare(sql);
    if (prepared.reader) return prepared.all();
    prepared.run();
    return [];
  };
  run('begin immediate');
  try {
    for (let step = script.next(); step.done !== true;) step = script.next(run(step.value));
    run('commit');
  } catch (error) {
    if (database.inTransaction) run('rollback');
    throw error;
  }
}
