import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf, schemaOf } from './engines.js';
import { migrationName, SCHEMA, type SchemaStep } from './schema.js';
import { checkedPrefix, DEFAULT_PREFIX, tablesOf } from './tables.js';

/** What a DataSource takes as one of its `migrations`. */
export type BrokerMigration = new () => MigrationInterface;

/**
 * The migrations that make the broker's tables, for applications that run their migrations themselves: put them among the
 * `migrations` of the DataSource, and tell the store `migrate: false`.
 *
 * @param tablePrefix the same as the store's. Default: `oidc_`
 * @throws {@link ConfigurationError} if the prefix can stand before no table's name
 * @example
 * ```ts
 * import { DataSource } from 'typeorm';
 * import { brokerMigrations } from 'nestjs-oidc-auth/typeorm';
 *
 * export const dataSource = new DataSource({
 *   type: 'postgres',
 *   url: process.env.DATABASE_URL,
 *   migrations: ['dist/migrations/*.js', ...brokerMigrations()],
 * });
 * ```
 */
export function brokerMigrations(tablePrefix: string = DEFAULT_PREFIX): BrokerMigration[] {
  const prefix = checkedPrefix(tablePrefix);
  return SCHEMA.map((step) => migrationOf(step, prefix));
}

function migrationOf(step: SchemaStep, prefix: string): BrokerMigration {
  const run = async (runner: QueryRunner, direction: 'up' | 'down') => {
    const { options } = runner.dataSource;
    const dialect = dialectOf(options);
    for (const statement of step[direction](dialect, tablesOf(dialect, prefix, schemaOf(options)))) {
      await runner.query(statement);
    }
  };
  return class {
    readonly name = migrationName(step, prefix);

    up(runner: QueryRunner): Promise<void> {
      return run(runner, 'up');
    }

    down(runner: QueryRunner): Promise<void> {
      return run(runner, 'down');
    }
  };
}
