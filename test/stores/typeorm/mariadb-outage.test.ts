import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { BrokerStore } from '../../../lib/broker/store.js';
import { typeOrmStoreFromUrl } from '../../../lib/broker/typeorm/from-url.js';
import { mariaDbEngine, type TestDatabase } from '../../support/databases.js';
import { describeMariaDb, runOnMariaDb } from '../../support/mariadb.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { eventually } from './eventually.js';
import { newSession } from './sessions.js';

describeMariaDb('a connection to MariaDB', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let url: string;
  let store: BrokerStore;

  beforeEach(async () => {
    database = await mariaDbEngine.create();
    const { hostname, port, host } = new URL(database.url);
    proxy = await TcpProxy.to({ host: hostname, port: Number(port) });
    url = database.url.replace(host, proxy.address);
  });

  afterEach(async () => {
    await proxy.down();
    await store.close();
    await database.drop();
  });

  it('that breaks is replaced', async () => {
    store = typeOrmStoreFromUrl(url);
    await store.open();
    await Promise.all(Array.from({ length: 8 }, () => store.keys()));
    await proxy.cut();
    await expect(eventually(() => store.keys())).resolves.toEqual([]);
  });

  it('that breaks under a store on a DataSource of the application is replaced', async () => {
    const dataSource = new DataSource({ ...database.options, url } as DataSourceOptions);
    store = new TypeOrmBrokerStore(dataSource);
    try {
      await store.open();
      await Promise.all(Array.from({ length: 8 }, () => store.keys()));
      await proxy.cut();
      await expect(eventually(() => store.keys())).resolves.toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  it('cannot be had while the server is away, and can when it is back', async () => {
    store = typeOrmStoreFromUrl(url);
    await store.open();
    const session = newSession();
    await store.insert(session);
    await proxy.down();
    await expect(store.lives(session.id)).rejects.toHaveProperty('code');

    await proxy.up();
    await expect(eventually(() => store.lives(session.id))).resolves.toBe(true);
  });

  it('that says nothing any more is given up after the limit, and replaced', async () => {
    store = typeOrmStoreFromUrl(url, { limits: { statement: 1_000, script: 10_000 } });
    await store.open();
    await proxy.hang();
    // more than there are connections: some wait for one
    const calls = Array.from({ length: 30 }, () => store.keys());
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(calls.map(() => 'rejected'));

    await proxy.up();
    await expect(eventually(() => store.keys())).resolves.toEqual([]);
  });

  it('that an administrator ends is replaced', async () => {
    store = typeOrmStoreFromUrl(url);
    await store.open();
    await Promise.all(Array.from({ length: 8 }, () => store.keys()));
    const name = new URL(url).pathname.slice(1);
    for (const { id } of await runOnMariaDb(`select id from information_schema.processlist where db = '${name}'`)) {
      await runOnMariaDb(`kill ${String(id)}`);
    }
    await expect(eventually(() => store.keys())).resolves.toEqual([]);
  });
});
