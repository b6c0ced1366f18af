import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import type { DataSourceOptions } from 'typeorm';
import { createMariaDatabase, describeMariaDb, dropMariaDatabase, mariaDbUrl } from './mariadb.js';
import { PostgresServer } from './postgres.js';
import { temporaryFolder } from './temporary-folder.js';

/** An empty database. */
export interface TestDatabase {
  /** As `broker.store` names it. */
  readonly url: string;
  /** As an application names it, for a DataSource of its own. */
  readonly options: DataSourceOptions;
  drop(): Promise<void>;
}

export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL' | 'MariaDB';
  create(): Promise<TestDatabase>;
}

/** A suite that runs on every engine of TypeORM: MariaDB where there is one, and else it says that it is skipped. */
export function describeEngines(title: string, suite: (engine: Engine) => void): void {
  describe(`${title}, on SQLite`, () => {
    suite(sqliteEngine);
  });
  describe(`${title}, on PostgreSQL`, () => {
    suite(postgresEngine().engine);
  });
  describeMariaDb(`${title}, on MariaDB`, () => {
    suite(mariaDbEngine);
  });
}

/** A server for the suite that calls it. */
export function postgresEngine(): { engine: Engine; server: () => PostgresServer } {
  let running: PostgresServer | undefined;
  const server = () => {
    if (!running) throw new Error('PostgreSQL has not been started.');
    return running;
  };
  beforeAll(async () => {
    running = await PostgresServer.start();
  }, 60_000);
  afterAll(() => running?.close());
  return {
    server,
    engine: {
      name: 'PostgreSQL',
      async create() {
        const url = server().url(await server().createDatabase());
        // the server goes with its suite
        return { url, options: { type: 'postgres', url }, drop: () => Promise.resolve() };
      },
    },
  };
}

export const sqliteEngine: Engine = {
  name: 'SQLite',
  async create() {
    const folder = await temporaryFolder();
    const file = join(folder.path, 'test.sqlite');
    return {
      url: `sqlite:///${file}`,
      options: { type: 'better-sqlite3', database: file },
      drop: () => folder.remove(),
    };
  },
};

export const mariaDbEngine: Engine = {
  name: 'MariaDB',
  async create() {
    const name = await createMariaDatabase();
    const url = mariaDbUrl(name);
    return { url, options: { type: 'mariadb', url }, drop: () => dropMariaDatabase(name) };
  },
};
