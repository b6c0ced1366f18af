import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource } from 'typeorm';
import type { BrokerStore } from '../../../lib/broker/store.js';
import { storeOn, typeOrmStoreFromUrl } from '../../../lib/broker/typeorm/from-url.js';
import { postgresEngine } from '../../support/databases.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { eventually } from './eventually.js';
import { newSession } from './sessions.js';

const { server, engine } = postgresEngine();

describe.each(['by URL', 'on a DataSource of the application'])(
  'a PostgreSQL that is lost, under a store %s',
  (kind) => {
    let store: BrokerStore;
    let dataSource: DataSource | undefined;

    beforeEach(async () => {
      const { url, options } = await engine.create();
      if (kind === 'by URL') store = typeOrmStoreFromUrl(url);
      else store = new TypeOrmBrokerStore((dataSource = new DataSource({ ...options, logging: false })));
      await store.open();
    });

    afterEach(async () => {
      await store.close();
      await dataSource?.destroy();
      dataSource = undefined;
    });

    it('comes back for the same store, with what it had acknowledged', async () => {
      const session = newSession();
      await store.insert(session);
      // several connections lie idle when it goes
      await Promise.all(Array.from({ length: 8 }, () => store.lives(session.id)));
      await server().down();
      await expect(store.lives(session.id)).rejects.toThrow();
      await expect(store.beat(session.id, 'lease')).rejects.toThrow();

      await server().up();
      await expect(eventually(() => store.lives(session.id))).resolves.toBe(true);
      await expect(store.take(session.id, { generation: 1, lease: '', beat: 0 }, 'lease')).resolves.toBe(true);
    });

    it('in the middle of a storm: every call settles, and what was told is so', async () => {
      const sessions = Array.from({ length: 200 }, () => newSession());
      const outcomes = sessions.map((session) =>
        store.insert(session).then(
          () => true,
          () => false,
        ),
      );
      await Promise.race(outcomes);
      await server().down();
      const told = await Promise.all(outcomes);
      await server().up();
      for (const [index, { id }] of sessions.entries()) {
        if (told[index]) await expect(eventually(() => store.lives(id))).resolves.toBe(true);
      }
      expect(told).toContain(true);
    });
  },
);

describe('a connection to PostgreSQL', () => {
  let proxy: TcpProxy;
  let url: string;
  let store: BrokerStore;

  beforeEach(async () => {
    const created = await engine.create();
    proxy = await TcpProxy.to({ host: '127.0.0.1', port: server().port });
    url = created.url.replace(/127\.0\.0\.1:\d+/, proxy.address);
  });

  afterEach(async () => {
    await proxy.down();
    await store.close();
  });

  it('that breaks is replaced', async () => {
    store = typeOrmStoreFromUrl(url);
    await store.open();
    await Promise.all(Array.from({ length: 8 }, () => store.keys()));
    await proxy.cut();
    await expect(eventually(() => store.keys())).resolves.toEqual([]);
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
});

describe('a pool that the application has used', () => {
  let dataSource: DataSource;
  let store: TypeOrmBrokerStore;

  beforeEach(async () => {
    const { options } = await engine.create();
    const extra = { max: 1, options: '-c default_transaction_isolation=serializable' };
    dataSource = await new DataSource({ ...options, extra }).initialize();
    store = new TypeOrmBrokerStore(dataSource);
    await store.open();
  });

  afterEach(() => dataSource.destroy());

  it('may have lost its prepared statements, as it does behind some poolers', async () => {
    await expect(store.keys()).resolves.toEqual([]);
    await dataSource.query('deallocate all');
    await expect(store.keys()).resolves.toEqual([]);
    await expect(store.addKey({ sequence: 1, sealed: 'sealed' })).resolves.toBe(true);
  });

  it('may isolate its transactions strictly: what was rolled back for that is done again', async () => {
    const other = new DataSource({ ...dataSource.options });
    const rival = new TypeOrmBrokerStore(other);
    try {
      await rival.open();
      const session = newSession();
      await store.insert(session);
      await store.take(session.id, { generation: 1, lease: '', beat: 0 }, 'lease');
      const beats = Array.from({ length: 100 }, (_, index) => (index % 2 ? store : rival).beat(session.id, 'lease'));
      await expect(Promise.all(beats)).resolves.toEqual(beats.map(() => true));
      await expect(store.read(session.id)).resolves.toMatchObject({ row: { beat: 101 } });
    } finally {
      await other.destroy();
    }
  });

  it('may be taken for long: a statement waits for a connection no longer than it may take, and is not run later', async () => {
    const impatient = storeOn(() => Promise.resolve(dataSource), {
      prefix: 'oidc_',
      migrate: true,
      limits: { statement: 200, script: 10_000 },
    });
    await impatient.open();
    const session = newSession();
    const runner = dataSource.createQueryRunner();
    await runner.connect();
    await expect(impatient.insert(session)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await runner.release();
    await expect(store.read(session.id)).resolves.toBeUndefined();
  });
});
