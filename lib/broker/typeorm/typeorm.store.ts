import type { DataSource } from 'typeorm';
import { dialectOf } from './engines.js';
import { SqlBrokerStore, type Source } from './sql.store.js';
import { checkedPrefix, DEFAULT_PREFIX } from './tables.js';

export interface TypeOrmBrokerStoreOptions {
  /**
   * What stands before the names of the tables, so that two modules can share a database: 1 to 31 letters, digits and
   * underscores. Default: `oidc_`.
   */
  tablePrefix?: string;
  /**
   * Whether the store makes its tables by itself, and brings them up to date after an update of the package. `false`: the
   * application's own migrations do, among which it puts `brokerMigrations()`. Default: `true`.
   */
  migrate?: boolean;
}

/**
 * Keeps broker mode's sessions and signing keys in a database that the application has already: PostgreSQL (`pg`), MySQL
 * and MariaDB (`mysql2`), SQLite (`better-sqlite3`). The application's entities, migrations and `synchronize` stay as they
 * are, and its connection stays open when the module closes.
 *
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
 * import { OidcAuthModule } from 'nestjs-oidc-auth';
 * import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
 * import type { DataSource } from 'typeorm';
 *
 * @Module({
 *   imports: [
 *     TypeOrmModule.forRoot({ type: 'postgres', url: process.env.DATABASE_URL, autoLoadEntities: true }),
 *     OidcAuthModule.forRootAsync({
 *       inject: [getDataSourceToken()],
 *       useFactory: (dataSource: DataSource) => ({
 *         clientId: 'my-client',
 *         clientSecret: process.env.CLIENT_SECRET,
 *         discoveryUrl: 'https://idp.example.org/realms/demo/.well-known/openid-configuration',
 *         audience: 'my-aud',
 *         baseUrl: 'https://app.example.org',
 *         broker: {
 *           store: new TypeOrmBrokerStore(dataSource),
 *           encryptionKey: process.env.OIDC_ENCRYPTION_KEY,
 *           audience: 'myapp-api',
 *         },
 *       }),
 *     }),
 *   ],
 * })
 * export class AppModule {}
 * ```
 */
export class TypeOrmBrokerStore extends SqlBrokerStore {
  /**
   * @param dataSource its connection is used, never closed; if it is not initialised yet, opening the store does it
   * @throws {@link ConfigurationError} if there is no adapter for this DataSource, or the prefix is none
   */
  constructor(
    dataSource: DataSource,
    { tablePrefix = DEFAULT_PREFIX, migrate = true }: TypeOrmBrokerStoreOptions = {},
  ) {
    dialectOf((dataSource as DataSource | undefined)?.options);
    super(borrowed(dataSource), { prefix: checkedPrefix(tablePrefix), migrate });
  }
}

/** Two stores on one DataSource initialise it once. */
const initialising = new WeakMap<DataSource, Promise<DataSource>>();

function borrowed(dataSource: DataSource): Source {
  return {
    own: false,
    async obtain() {
      if (dataSource.isInitialized) return dataSource;
      const known = initialising.get(dataSource);
      if (known) return known;
      const initialisation = dataSource.initialize().finally(() => initialising.delete(dataSource));
      initialising.set(dataSource, initialisation);
      return initialisation;
    },
    async release() {
      // it belongs to the application
    },
  };
}
