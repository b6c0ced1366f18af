import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource } from 'typeorm';
import { storeOn } from '../../../lib/broker/typeorm/from-url.js';
import { sqliteEngine, type TestDatabase } from '../../support/databases.js';
import { newSession } from './sessions.js';

describe("a transaction of the application, open on SQLite's one connection", () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let store: TypeOrmBrokerStore;

  beforeEach(async () => {
    database = await sqliteEngine.create();
    dataSource = await new DataSource(database.options).initialize();
    await dataSource.query('create table rooms (name text)');
    store = new TypeOrmBrokerStore(dataSource);
    await store.open();
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('is waited for: what is rolled back takes nothing of the store with it', async () => {
    const session = newSession();
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`insert into rooms values ('of the transaction')`);
    const inserted = store.insert(session);
    await runner.query(`insert into rooms values ('of it, too')`);
    // as the transaction sees it, the statement of the store has not been run
    await expect(runner.query('select id from oidc_sessions')).resolves.toEqual([]);
    await runner.rollbackTransaction();
    await inserted;

    await expect(store.lives(session.id)).resolves.toBe(true);
    await expect(dataSource.query('select name from rooms')).resolves.toEqual([]);
  });

  it('is waited for by reads, too, and by opening', async () => {
    const session = newSession();
    await store.insert(session);
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`update oidc_sessions set sealed = 'not committed'`);
    const reading = store.read(session.id);
    const another = new TypeOrmBrokerStore(dataSource, { tablePrefix: 'other_' }).open();
    await runner.query('select 1');
    await runner.rollbackTransaction();

    await expect(reading).resolves.toMatchObject({ row: { sealed: session.sealed } });
    await expect(another).resolves.toBeUndefined();
  });

  it('and many statements of the store at the same time disturb nothing', async () => {
    const sessions = Array.from({ length: 50 }, () => newSession());
    const transactions = async () => {
      for (let round = 0; round < 20; round += 1) {
        const runner = dataSource.createQueryRunner();
        await runner.startTransaction();
        await runner.query(`insert into rooms values ('room')`);
        if (round % 2 === 0) await runner.commitTransaction();
        else await runner.rollbackTransaction();
      }
    };
    await Promise.all([transactions(), ...sessions.map((session) => store.insert(session))]);

    await expect(dataSource.query('select count(*) as count from rooms')).resolves.toEqual([{ count: 10 }]);
    for (const { id } of sessions) await expect(store.lives(id)).resolves.toBe(true);
  });

  it('that does not end is waited for no longer than a statement may take', async () => {
    const impatient = storeOn(() => Promise.resolve(dataSource), {
      prefix: 'oidc_',
      migrate: true,
      limits: { statement: 30, script: 30 },
    });
    await impatient.open();
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await expect(impatient.insert(newSession())).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    await runner.rollbackTransaction();
    await expect(impatient.insert(newSession())).resolves.toBeUndefined();
  });
});
