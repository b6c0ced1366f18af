import { DeadlinePassed } from './deadline.js';
import { withConnection, type Pool } from './pool.js';
import { codeOf, retried } from './retry.js';
import type { Row, Script, Sql, SqlLimits, Statement, Value } from './sql.js';

/** TypeORM's driver, as far as it is used. */
export interface MysqlDriver {
  obtainMasterConnection(): Promise<Connection>;
}

type Answer = (error: Error | null, result?: unknown) => void;

interface Connection {
  execute(query: { sql: string; values: unknown[]; rowsAsArray: false }, answer: Answer): void;
  query(query: { sql: string; rowsAsArray: false }, answer: Answer): void;
  release(): void;
  destroy(): void;
}

/** Deadlock, and a lock that took too long: the statement was rolled back. */
const ROLLED_BACK = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT']);
/** The connection's prepared statement is gone: nothing was run. */
const NOT_PREPARED = new Set(['ER_UNKNOWN_STMT_HANDLER', 'ER_NEED_REPREPARE']);
/** The server is no primary any more: the next connection may find the one that is. */
const READ_ONLY = new Set([
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
  'ER_READ_ONLY_MODE',
]);

/** In seconds. */
const LOCK_PATIENCE = 30;
/** One lock for one database: locks know no databases. */
const LOCK = `concat('oidc.', md5(coalesce(database(), '')))`;

/** MySQL and MariaDB with mysql2. */
export class MysqlSql implements Sql {
  readonly #pool: Pool<Connection>;

  constructor(
    driver: MysqlDriver,
    private readonly limits: SqlLimits,
  ) {
    this.#pool = poolOf(driver);
  }

  async hits(statement: Statement, values: readonly Value[]): Promise<number> {
    return Number(((await this.#run(statement, values)) as { affectedRows: number | string }).affectedRows);
  }

  async rows(statement: Statement, values: readonly Value[]): Promise<Row[]> {
    return (await this.#run(statement, values)) as Row[];
  }

  async play(script: () => Script): Promise<void> {
    await retried(
      () => withConnection(this.#pool, this.limits.script, (connection) => play(connection, script())),
      isHarmless,
    );
  }

  #run({ text }: Statement, values: readonly Value[]): Promise<unknown> {
    const query = { sql: text, values: [...values], rowsAsArray: false as const };
    return retried(
      () =>
        withConnection(this.#pool, this.limits.statement, (connection) =>
          answered((answer) => {
            connection.execute(query, answer);
          }),
        ),
      isHarmless,
    );
  }
}

function isHarmless(error: unknown): boolean {
  return ROLLED_BACK.has(codeOf(error)) || NOT_PREPARED.has(codeOf(error));
}

/** One at a time. Definitions cannot be rolled back here: every statement of a script can be run again. */
async function play(connection: Connection, script: Script): Promise<void> {
  const query = (sql: string) =>
    answered((answer) => {
      connection.query({ sql, rowsAsArray: false }, answer);
    }) as Promise<Row[]>;
  const [lock] = await query(`select get_lock(${LOCK}, ${LOCK_PATIENCE}) as taken`);
  if (Number(lock?.taken) !== 1) throw new DeadlinePassed();
  try {
    for (let step = script.next(); step.done !== true;) step = script.next(await query(step.value));
  } finally {
    await query(`select release_lock(${LOCK})`);
  }
}

function answered(ask: (answer: Answer) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    ask((error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

function poolOf(driver: MysqlDriver): Pool<Connection> {
  return {
    obtain: () => driver.obtainMasterConnection(),
    giveBack(connection, broken) {
      if (broken) connection.destroy();
      else connection.release();
    },
    survives: (error) => {
      const { sqlState, fatal } = error as { sqlState?: unknown; fatal?: unknown };
      const code = codeOf(error);
      return sqlState !== undefined && fatal !== true && !READ_ONLY.has(code) && !NOT_PREPARED.has(code);
    },
  };
}
