import { describe } from '@jest/globals';
import { mariaDbEngine, postgresEngine, sqliteEngine, type Engine } from '../../support/databases.js';
import { describeMariaDb } from '../../support/mariadb.js';
import type { PostgresServer } from '../../support/postgres.js';
import { describeMongo } from '../../stores/mongoose/database.js';
import type { Database } from './database.js';
import { mongoDatabase } from './mongo-database.js';
import { sqlDatabase } from './sql-database.js';

/** A store that several processes can share. */
export interface SharedStore {
  readonly name: Engine['name'] | 'MongoDB';
  /** An empty database. */
  readonly create: () => Promise<Database>;
  /** The server, where the suite has one of its own. */
  readonly server?: () => PostgresServer;
}

/** A suite that runs on each store that several processes can share. */
export function describeStores(title: string, suite: (store: SharedStore) => void): void {
  describe(`${title}, on SQLite`, () => {
    suite({ name: 'SQLite', create: () => sqlDatabase(sqliteEngine) });
  });
  describeServers(title, suite);
}

/** A suite that runs on each store that is a server. */
export function describeServers(title: string, suite: (store: SharedStore) => void): void {
  describe(`${title}, on PostgreSQL`, () => {
    const { engine, server } = postgresEngine();
    suite({ name: 'PostgreSQL', create: () => sqlDatabase(engine), server });
  });
  describeMariaDb(`${title}, on MariaDB`, () => {
    suite({ name: 'MariaDB', create: () => sqlDatabase(mariaDbEngine) });
  });
  describeMongo(`${title}, on MongoDB`, () => {
    suite({ name: 'MongoDB', create: mongoDatabase });
  });
}
