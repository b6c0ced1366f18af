import type { DataSource, DataSourceOptions } from 'typeorm';
import { ConfigurationError } from '../../errors/index.js';
import { mysql, postgres, sqlite, type Dialect } from './dialect.js';
import { MysqlSql } from './mysql.js';
import { PostgresSql } from './postgres.js';
import type { Sql, SqlLimits } from './sql.js';
import { SqliteSql, type SqliteDriver } from './sqlite.js';

const DIALECTS: Readonly<Record<string, Dialect>> = { 'better-sqlite3': sqlite, postgres, mysql, mariadb: mysql };

/**
 * How a DataSource's database is spoken to.
 *
 * @throws {@link ConfigurationError} for a database that there is no adapter for
 */
export function dialectOf({ type }: { type?: unknown } = {}): Dialect {
  const dialect = typeof type === 'string' && Object.hasOwn(DIALECTS, type) ? DIALECTS[type] : undefined;
  if (dialect) return dialect;
  throw new ConfigurationError([
    `broker.store: expected a TypeORM DataSource whose type is one of ${Object.keys(DIALECTS).join(', ')}.`,
  ]);
}

/** Where a DataSource keeps its tables, if it says so. */
export function schemaOf(options: DataSourceOptions): string | undefined {
  return options.type === 'postgres' ? options.schema : undefined;
}

/**
 * The way to a DataSource's database.
 *
 * @param own whether nobody else uses the DataSource
 */
export function sqlOf({ driver, options }: DataSource, limits: SqlLimits, own: boolean): Sql {
  switch (dialectOf(options).family) {
    case 'postgres':
      return new PostgresSql(driver, limits);
    case 'mysql':
      return new MysqlSql(driver, limits);
    case 'sqlite':
      return new SqliteSql(driver as unknown as SqliteDriver, limits, own);
  }
}
