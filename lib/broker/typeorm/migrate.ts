import { ConfigurationError } from '../../errors/index.js';
import type { Dialect } from './dialect.js';
import { isDenied, isMissing } from './failures.js';
import { migrationName, SCHEMA } from './schema.js';
import type { Script, Sql, Statement } from './sql.js';
import type { Tables } from './tables.js';

export interface SchemaParts {
  sql: Sql;
  dialect: Dialect;
  tables: Tables;
  prefix: string;
  /** Each fails unless a table is there as it has to be. */
  probes: readonly Statement[];
}

/**
 * Sees to it that the tables are there.
 *
 * @param migrate whether to make them, or to leave it to the application's own migrations
 * @throws {@link ConfigurationError} if they are not there, and must not or cannot be made
 */
export async function prepareSchema(parts: SchemaParts, migrate: boolean): Promise<void> {
  if (migrate && (await isBehind(parts))) {
    try {
      await parts.sql.play(() => upgrade(parts));
    } catch (error) {
      // an administrator may have made the tables for a user who may not; and there may be others of their names
      if (!isMissing(error) && !(isDenied(error) && (await isComplete(parts)))) throw error;
    }
  }
  if (await isComplete(parts)) return;
  const tables = `the tables ${['sessions', 'notes', 'keys', 'peers'].map((name) => parts.prefix + name).join(', ')}`;
  throw new ConfigurationError([
    migrate
      ? `broker.store: ${tables} are there, and have other columns than this version needs: choose another tablePrefix if they are something else's.`
      : `broker.store: ${tables} are not there as this version needs them: run the migrations that brokerMigrations() of nestjs-oidc-auth/typeorm gives, or leave out migrate: false.`,
  ]);
}

/** The look that costs no lock: a schema that is made is made. */
async function isBehind({ sql, tables, prefix }: SchemaParts): Promise<boolean> {
  try {
    const rows = await sql.rows(
      { name: 'oidc_migrations', text: `select name from ${tables.migrations}`, lasting: false },
      [],
    );
    return SCHEMA.some((step) => !rows.some(({ name }) => name === migrationName(step, prefix)));
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}

/** Records what it does as TypeORM would, in a table of its own. */
function* upgrade({ dialect, tables, prefix }: SchemaParts): Script {
  yield `create table if not exists ${tables.migrations} (${MIGRATIONS[dialect.family]})`;
  const rows = yield `select name from ${tables.migrations}`;
  const done = new Set(rows.map(({ name }) => name));
  for (const step of SCHEMA.filter((one) => !done.has(migrationName(one, prefix)))) {
    yield* step.up(dialect, tables);
    yield `insert into ${tables.migrations} (timestamp, name) values (${step.timestamp}, '${migrationName(step, prefix)}')`;
  }
}

const MIGRATIONS = {
  postgres: 'id serial primary key, timestamp bigint not null, name varchar(255) not null',
  mysql: 'id int auto_increment primary key, timestamp bigint not null, name varchar(255) not null',
  sqlite: 'id integer primary key autoincrement not null, timestamp bigint not null, name varchar not null',
};

async function isComplete({ sql, probes }: SchemaParts): Promise<boolean> {
  try {
    for (const probe of probes) await sql.rows(probe, []);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
