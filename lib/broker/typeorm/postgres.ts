import { withConnection, type Pool } from './pool.js';
import { codeOf, retried } from './retry.js';
import type { Row, Script, Sql, SqlLimits, Statement, Value } from './sql.js';

/** TypeORM's driver, as far as it is used. */
export interface PostgresDriver {
  obtainMasterConnection(): Promise<[Client, (broken?: boolean) => void]>;
}

interface Client {
  query(query: { name?: string; text: string; values?: unknown[] }): Promise<{ rowCount: number | null; rows: Row[] }>;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
}

interface Connection {
  client: Client;
  release: (broken?: boolean) => void;
}

/** Deadlock, and conflicts of applications that chose a stricter isolation: the statement was rolled back. */
const ROLLED_BACK = new Set(['40P01', '40001']);
/** Somebody between us and the database, or the application, threw a prepared statement away: nothing was run. */
const NOT_PREPARED = new Set(['26000', '42P05', '0A000']);
/** The server is no primary any more: the next connection may find the one that is. */
const READ_ONLY = '25006';

/** PostgreSQL with pg. */
export class PostgresSql implements Sql {
  readonly #pool: Pool<Connection>;
  #prepares = true;

  constructor(
    driver: PostgresDriver,
    private readonly limits: SqlLimits,
  ) {
    this.#pool = poolOf(driver);
  }

  async hits(statement: Statement, values: readonly Value[]): Promise<number> {
    return (await this.#run(statement, values)).rowCount ?? 0;
  }

  async rows(statement: Statement, values: readonly Value[]): Promise<Row[]> {
    return (await this.#run(statement, values)).rows;
  }

  async play(script: () => Script): Promise<void> {
    await retried(
      () => withConnection(this.#pool, this.limits.script, ({ client }) => play(client, script())),
      isHarmless,
    );
  }

  #run({ name, text }: Statement, values: readonly Value[]) {
    return retried(async () => {
      const query = this.#prepares ? { name, text, values: [...values] } : { text, values: [...values] };
      try {
        return await withConnection(this.#pool, this.limits.statement, ({ client }) => client.query(query));
      } catch (error) {
        if (NOT_PREPARED.has(codeOf(error))) this.#prepares = false;
        throw error;
      }
    }, isHarmless);
  }
}

function isHarmless(error: unknown): boolean {
  return ROLLED_BACK.has(codeOf(error)) || NOT_PREPARED.has(codeOf(error));
}

/** One at a time in the whole database, and all or nothing. */
async function play(client: Client, script: Script): Promise<void> {
  await client.query({ text: 'begin' });
  try {
    await client.query({ text: `select pg_advisory_xact_lock(hashtext('nestjs-oidc-auth'))` });
    for (let step = script.next(); step.done !== true;) {
      const { rows } = await client.query({ text: step.value });
      step = script.next(rows);
    }
    await client.query({ text: 'commit' });
  } catch (error) {
    await client.query({ text: 'rollback' });
    throw error;
  }
}

function poolOf(driver: PostgresDriver): Pool<Connection> {
  return {
    async obtain() {
      const [client, release] = await driver.obtainMasterConnection();
      client.on('error', ignore);
      return { client, release };
    },
    giveBack({ client, release }, broken) {
      client.off('error', ignore);
      release(broken);
    },
    survives: (error) => (error as { severity?: unknown }).severity === 'ERROR' && codeOf(error) !== READ_ONLY,
  };
}

/** A connection that is lost tells so twice: to the statement, and by an event that would end the process. */
function ignore(): void {
  // the statement has failed
}
