import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { brokerMigrations, TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describeEngines, postgresEngine, type TestDatabase } from '../../support/databases.js';
import { newSession } from './sessions.js';

const STEPS = ['CreateOidcBroker', 'AddOidcPeers'];
/** What the migrations are called, with what a prefix adds. */
const namesWith = (prefix = '') => STEPS.map((step) => expect.stringMatching(new RegExp(`^${step}${prefix}\\d{13}$`)));

describeEngines('the migrations of the package', (engine) => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await engine.create();
    dataSource = await initialised({ migrations: brokerMigrations() });
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  function initialised(more: Pick<DataSourceOptions, 'migrations'>): Promise<DataSource> {
    return new DataSource({ ...database.options, ...more }).initialize();
  }

  const namesIn = async (table: string) =>
    (await dataSource.query<{ name: string }[]>(`select name from ${table}`)).map(({ name }) => name);

  it('are asked for by a store that makes no tables by itself', async () => {
    const store = new TypeOrmBrokerStore(dataSource, { migrate: false });
    const problems = [
      expect.stringMatching(/^broker\.store: the tables oidc_sessions, .*brokerMigrations\(\).*migrate: false/),
    ];
    await expect(store.open()).rejects.toMatchObject({ name: 'ConfigurationError', problems });

    await dataSource.runMigrations();
    await expect(store.open()).resolves.toBeUndefined();
    await expect(store.addKey({ sequence: 1, sealed: 'sealed' })).resolves.toBe(true);
    await expect(namesIn('migrations')).resolves.toEqual(namesWith());
  });

  it('can be reverted, and run again', async () => {
    await dataSource.runMigrations();
    await dataSource.undoLastMigration();
    await dataSource.undoLastMigration();
    await expect(dataSource.query('select id from oidc_sessions')).rejects.toThrow();
    await expect(new TypeOrmBrokerStore(dataSource, { migrate: false }).open()).rejects.toThrow(/are not there/);
    await dataSource.runMigrations();
    await expect(new TypeOrmBrokerStore(dataSource, { migrate: false }).open()).resolves.toBeUndefined();
  });

  it('that a store runs by itself are recorded in a table of its own', async () => {
    await new TypeOrmBrokerStore(dataSource).open();
    await expect(namesIn('oidc_migrations')).resolves.toEqual(namesWith());
    await expect(namesIn('migrations')).rejects.toThrow();
  });

  it('may be run by the application first and by the store later, or the other way round', async () => {
    await dataSource.runMigrations();
    const store = new TypeOrmBrokerStore(dataSource);
    await store.open();
    const session = newSession();
    await store.insert(session);

    await dataSource.query('delete from migrations');
    await dataSource.runMigrations();
    await expect(store.lives(session.id)).resolves.toBe(true);
  });

  it('are others for another prefix, in one and the same DataSource', async () => {
    const both = await initialised({ migrations: [...brokerMigrations('one_'), ...brokerMigrations('two_')] });
    try {
      await both.runMigrations();
      const names = [...namesWith('_one__'), ...namesWith('_two__')];
      await expect(namesIn('migrations')).resolves.toEqual(expect.arrayContaining(names));
      await expect(namesIn('migrations')).resolves.toHaveLength(names.length);
      for (const tablePrefix of ['one_', 'two_']) {
        await expect(new TypeOrmBrokerStore(both, { tablePrefix, migrate: false }).open()).resolves.toBeUndefined();
      }
    } finally {
      await both.destroy();
    }
  });

  it('leave alone what has the name of a table and is something else', async () => {
    await dataSource.runMigrations();
    await dataSource.query('drop table oidc_notes');
    await dataSource.query('create table oidc_notes (note_key varchar(100) primary key)');
    await expect(new TypeOrmBrokerStore(dataSource).open()).rejects.toThrow(
      /other columns than this version needs.*tablePrefix/,
    );
  });
});

describe('a DataSource that has a schema of its own', () => {
  const { server, engine } = postgresEngine();

  it('has the tables of the store there', async () => {
    const { options } = await engine.create();
    const dataSource = new DataSource({ ...options, schema: 'My "own" schema' } as DataSourceOptions);
    try {
      await dataSource.initialize();
      const store = new TypeOrmBrokerStore(dataSource);
      await expect(store.open()).rejects.toThrow(/schema of the DataSource does not exist/);
      await dataSource.query('create schema "My ""own"" schema"');
      await store.open();
      const session = newSession();
      await store.insert(session);

      const database = String(dataSource.driver.database);
      const tables = await server().run(`select schemaname from pg_tables where tablename like 'oidc_%'`, database);
      expect(new Set(tables.map(({ schemaname: name }) => name))).toEqual(new Set(['My "own" schema']));
      await expect(store.lives(session.id)).resolves.toBe(true);
    } finally {
      await dataSource.destroy();
    }
  });
});

it('no migration is made for a prefix that can stand before no table', () => {
  expect(() => brokerMigrations('a b')).toThrow(/tablePrefix/);
});
