import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { mariaDbEngine, type TestDatabase } from '../../support/databases.js';
import { describeMariaDb, runOnMariaDb } from '../../support/mariadb.js';
import { holds } from './eventually.js';
import { newSession } from './sessions.js';

describeMariaDb('a statement that MariaDB rolls back for a lock', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let store: TypeOrmBrokerStore;
  let rival: QueryRunner;

  beforeEach(async () => {
    database = await mariaDbEngine.create();
    dataSource = await new DataSource({ ...database.options, poolSize: 1 } as DataSourceOptions).initialize();
    store = new TypeOrmBrokerStore(dataSource);
    await store.open();
    rival = new DataSource(database.options).createQueryRunner();
    await rival.dataSource.initialize();
  });

  afterEach(async () => {
    await rival.release();
    await rival.dataSource.destroy();
    await dataSource.destroy();
    await database.drop();
  });

  /** Two sessions that purge may delete, the one with `first` first. */
  async function sweepable(): Promise<[string, string]> {
    const ids: string[] = [];
    for (let count = 0; count < 2; count += 1) {
      const { id } = newSession();
      await store.insert(newSession({ id }));
      await store.end(id, 'logout');
      await store.empty(id);
      await store.postpone(id, count - 1000);
      ids.push(id);
    }
    return ids as [string, string];
  }

  it('because of a deadlock is run again', async () => {
    const [first, second] = await sweepable();
    await rival.startTransaction();
    // the heavier transaction survives a deadlock
    await rival.query('create temporary table ballast (n int)');
    await rival.query('insert into ballast select seq from seq_1_to_1000');
    await rival.query('update oidc_sessions set touched = touched + 1 where id = ?', [second]);
    const deadlocks = await deadlocksSoFar();
    const swept = store.sweep(10);
    await holds(isSomebodyWaiting);
    await rival.query('update oidc_sessions set touched = touched + 1 where id = ?', [first]);
    expect(await deadlocksSoFar()).toBe(deadlocks + 1);
    await rival.commitTransaction();

    await expect(swept).resolves.toBe(2);
  });

  it('because it waited too long is run again', async () => {
    const session = newSession();
    await store.insert(session);
    await store.take(session.id, { generation: 1, lease: '', beat: 0 }, 'lease');
    // in seconds, on the only connection
    await dataSource.query('set session innodb_lock_wait_timeout = 1');
    await rival.startTransaction();
    await rival.query('update oidc_sessions set touched = touched + 1 where id = ?', [session.id]);
    const before = await waitsSoFar();
    const beaten = store.beat(session.id, 'lease');
    // the second wait is that of the second attempt
    await holds(async () => (await waitsSoFar()) >= before + 2);
    await rival.commitTransaction();

    await expect(beaten).resolves.toBe(true);
    await expect(store.read(session.id)).resolves.toMatchObject({ row: { beat: 2 } });
  });

  async function isSomebodyWaiting(): Promise<boolean> {
    const sql = `select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT' and trx_query like 'delete%'`;
    return (await runOnMariaDb(sql)).length > 0;
  }

  const status = async (name: string) =>
    Number((await runOnMariaDb(`show global status like '${name}'`))[0]?.Value ?? Number.NaN);
  const deadlocksSoFar = () => status('Innodb_deadlocks');
  const waitsSoFar = () => status('Innodb_row_lock_waits');
});
