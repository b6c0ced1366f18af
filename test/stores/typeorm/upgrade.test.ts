import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { brokerMigrations, TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describeEngines, postgresEngine, type TestDatabase } from '../../support/databases.js';
import { StoreProcess } from './store-process.js';

const COUNT = 4;
const ALL = [/^CreateOidcBroker\d{13}$/, /^AddOidcPeers\d{13}$/].map((name) => expect.stringMatching(name));
const UNTIL = 9_000_000_000_000;

/** What was kept before there were peers. */
const ROWS = [
  `insert into oidc_sessions (id, generation, lease, beat, ended, due_at, cleared, sid_key, sub_key, sealed)
   values ('session', 7, 'lease', 3, '', ${UNTIL}, 0, 'sid', 'sub', 'sealed.session')`,
  `insert into oidc_notes (note_key, until_at) values ('noted', ${UNTIL})`,
  `insert into oidc_keys (sequence, sealed) values (1, 'sealed.key')`,
];

async function initialised(options: DataSourceOptions, more: Partial<DataSourceOptions> = {}): Promise<DataSource> {
  return new DataSource({ ...options, ...more } as DataSourceOptions).initialize();
}

/** As the version before left a database, whose store had made its tables or whose application had. */
async function makeOld(options: DataSourceOptions, table: 'migrations' | 'oidc_migrations'): Promise<void> {
  const old = await initialised(options, {
    migrations: brokerMigrations().slice(0, 1),
    migrationsTableName: table,
  });
  try {
    await old.runMigrations();
    for (const row of ROWS) await old.query(row);
  } finally {
    await old.destroy();
  }
}

async function expectAllKept(store: TypeOrmBrokerStore): Promise<void> {
  const row = { generation: 7, lease: 'lease', beat: 3, ended: '', endedAt: null, handedAt: null };
  const reading = { row: { ...row, id: 'session', dueAt: UNTIL, sealed: 'sealed.session' } };
  await expect(store.read('session')).resolves.toMatchObject(reading);
  await expect(store.idsOf('sidKey', 'sid', 10)).resolves.toEqual(['session']);
  await expect(store.noted(['noted'])).resolves.toBe(true);
  await expect(store.keys()).resolves.toEqual([{ sequence: 1, sealed: 'sealed.key' }]);
  await expect(store.beat('session', 'lease')).resolves.toBe(true);
}

describeEngines('a database of the version that knew no peers', (engine) => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await engine.create();
    dataSource = await initialised(database.options, { migrations: brokerMigrations() });
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const namesIn = async (table: string) =>
    (await dataSource.query<{ name: string }[]>(`select name from ${table} order by id`)).map(({ name }) => name);

  it('is brought up to date by the store, and keeps what it holds', async () => {
    await makeOld(database.options, 'oidc_migrations');
    const store = new TypeOrmBrokerStore(dataSource);
    await store.open();
    await expectAllKept(store);
    await store.keepPeerKeys('peer', 'sealed.set');
    await expect(store.peerKeys('peer')).resolves.toBe('sealed.set');
    await expect(namesIn('oidc_migrations')).resolves.toEqual(ALL);
  });

  it('is brought up to date by the application, where the store makes no tables by itself', async () => {
    await makeOld(database.options, 'migrations');
    const store = new TypeOrmBrokerStore(dataSource, { migrate: false });
    await expect(store.open()).rejects.toThrow(/tables .*oidc_peers are not there .*brokerMigrations\(\)/);
    await expect(dataSource.runMigrations()).resolves.toHaveLength(1);
    await store.open();
    await expectAllKept(store);
    await expect(store.peerKeys('peer')).resolves.toBeUndefined();
    await expect(namesIn('migrations')).resolves.toEqual(ALL);
  });

  it('is brought up to date once by processes that start at the same moment', async () => {
    await makeOld(database.options, 'oidc_migrations');
    const processes = Array.from({ length: COUNT }, () => new StoreProcess(database.url));
    try {
      // each is ready once it answers anything, and none has opened the database yet
      await Promise.allSettled(processes.map((process) => process.call('keys')));
      await expect(Promise.all(processes.map((process) => process.call('open')))).resolves.toHaveLength(COUNT);
      await Promise.all(processes.map((process, index) => process.call('keepPeerKeys', 'peer', `set.${index}`)));
      const [set, ...others] = await Promise.all(processes.map((process) => process.call('peerKeys', 'peer')));
      expect(set).toMatch(/^set\.\d$/);
      expect(new Set(others)).toEqual(new Set([set]));
    } finally {
      await Promise.all(processes.map((process) => process.end()));
    }
    const store = new TypeOrmBrokerStore(dataSource);
    await store.open();
    await expectAllKept(store);
    await expect(namesIn('oidc_migrations')).resolves.toEqual(ALL);
  }, 60_000);

  it('has its new table taken away again by the last migration alone', async () => {
    await dataSource.runMigrations();
    await dataSource.undoLastMigration();
    for (const row of ROWS) await dataSource.query(row);
    await expect(dataSource.query('select peer from oidc_peers')).rejects.toThrow();
    const store = new TypeOrmBrokerStore(dataSource);
    await store.open();
    await expectAllKept(store);
  });
});

describe('a database of the version that knew no peers, whose user may create no tables', () => {
  const { server, engine } = postgresEngine();

  it('is one for an administrator: who makes the table and grants it has the store open', async () => {
    const { options } = await engine.create();
    await makeOld(options, 'oidc_migrations');
    const administrator = await initialised(options, { migrations: brokerMigrations() });
    const database = String(administrator.driver.database);
    const grant = 'grant select, insert, update, delete on all tables in schema public to app';
    for (const sql of ["create role app login password 'app'", 'revoke create on schema public from public', grant])
      await server().run(sql, database);
    const application = await initialised({ type: 'postgres', url: server().url(database, 'app:app') });
    try {
      const store = new TypeOrmBrokerStore(application);
      await expect(store.open()).rejects.toThrow(/may not create or use the tables.*brokerMigrations\(\)/);
      await administrator.runMigrations();
      await expect(store.open()).rejects.toThrow(/may not create or use the tables.*grant this one SELECT/);
      await server().run(grant, database);
      await store.open();
      await expectAllKept(store);
      await expect(store.keepPeerKeys('peer', 'sealed.set')).resolves.toBeUndefined();
    } finally {
      await application.destroy();
      await administrator.destroy();
    }
  });
});
