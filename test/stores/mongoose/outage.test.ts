import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createConnection, type Connection } from 'mongoose';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
import { mongooseStoreFromUrl } from '../../../lib/broker/mongoose/from-url.js';
import type { BrokerStore } from '../../../lib/broker/store.js';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { describeMongo, dropDatabase, newDatabase, serverAddress, urlOf } from './database.js';
import { eventually } from './eventually.js';
import { newSession } from './sessions.js';
import { StoreProcess } from './store-process.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** Failing attempts are over soon. */
const IMPATIENT = 'serverSelectionTimeoutMS=300&connectTimeoutMS=300&socketTimeoutMS=300&heartbeatFrequencyMS=500';

describeMongo('a MongoDB that is lost and comes back', () => {
  const database = newDatabase();
  let proxy: TcpProxy;
  let url: string;

  beforeAll(async () => {
    proxy = await TcpProxy.to(serverAddress());
    url = urlOf(database, { host: proxy.address, query: IMPATIENT });
  });

  beforeEach(() => proxy.up());

  afterAll(async () => {
    await proxy.down();
    await dropDatabase(database);
  });

  describe('under a store by URL', () => {
    let store: BrokerStore;

    beforeEach(() => {
      store = mongooseStoreFromUrl(url);
    });

    afterEach(() => store.close());

    it('at first: open fails as long as it is away, and opens later', async () => {
      await proxy.down();
      const attempt = store.open();
      await expect(attempt).rejects.toThrow('ECONNREFUSED');
      await expect(attempt).rejects.not.toBeInstanceOf(ConfigurationError);
      await expect(store.open()).rejects.toThrow('ECONNREFUSED');
      await expect(store.lives('any')).rejects.toThrow('not been opened');

      await proxy.up();
      await expect(store.open()).resolves.toBeUndefined();
      await expect(store.lives('any')).resolves.toBe(false);
    });

    it('whose connections are cut', async () => {
      const session = newSession();
      await store.open();
      await store.insert(session);
      await proxy.cut();
      await expect(eventually(() => store.lives(session.id))).resolves.toBe(true);
    });

    it('that refuses for a while: an error each time, then everything goes on', async () => {
      const session = newSession();
      await store.open();
      await store.insert(session);
      await proxy.down();
      await expect(store.lives(session.id)).rejects.toThrow();
      await expect(store.beat(session.id, '')).rejects.toThrow();

      await proxy.up();
      await expect(eventually(() => store.lives(session.id))).resolves.toBe(true);
    });

    it('that takes everything and answers nothing', async () => {
      const session = newSession();
      await store.open();
      await store.insert(session);
      await proxy.hang();
      await expect(store.read(session.id)).rejects.toThrow();

      await proxy.up();
      await expect(eventually(() => store.lives(session.id))).resolves.toBe(true);
    });

    it('and a store that is closed while it opens stays closed, and opens later', async () => {
      await proxy.hang();
      const attempt = store.open();
      // two at once are one attempt
      const outcomes = Promise.allSettled([attempt, store.open()]);
      await proxy.swallows();
      await store.close();
      expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await expect(store.lives('any')).rejects.toThrow('not been opened');

      await proxy.up();
      await store.open();
      await expect(store.lives('any')).resolves.toBe(false);
    });

    it('and a store that is closed meanwhile opens again', async () => {
      await store.open();
      await proxy.down();
      await store.close();
      await proxy.up();
      await store.open();
      await expect(store.lives('any')).resolves.toBe(false);
    });
  });

  it('does not end a process', async () => {
    const store = new StoreProcess(url);
    const session = newSession();
    await store.call('open');
    await store.call('insert', session);
    for (const fault of ['cut', 'down', 'hang'] as const) {
      await proxy[fault]();
      await store.call('read', session.id).catch(() => undefined);
      await proxy.up();
      await expect(eventually(() => store.call('lives', session.id))).resolves.toBe(true);
    }
    await expect(store.end()).resolves.toEqual({ printed: '', died: false });
  });

  describe('under the connection of an application', () => {
    let connection: Connection;

    afterEach(() => connection.close());

    it('goes on when it is back, without anybody opening anything', async () => {
      connection = createConnection(url);
      const store = new MongooseBrokerStore(connection);
      const session = newSession();
      await store.open();
      await store.insert(session);
      await proxy.down();
      await expect(store.lives(session.id)).rejects.toThrow();
      // no queue: what the driver says, and not that a queue has waited in vain
      await expect(store.lives(session.id)).rejects.toThrow('ECONNREFUSED');

      await proxy.up();
      await expect(eventually(() => store.lives(session.id))).resolves.toBe(true);
    });

    it('keeps nobody waiting for more than ten seconds, though the connection has no time limit', async () => {
      connection = await createConnection(urlOf(database, { host: proxy.address })).asPromise();
      const store = new MongooseBrokerStore(connection);
      await store.open();
      await proxy.hang();
      const lost = proxy.swallows();
      jest.useFakeTimers({
        doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date', 'hrtime'],
      });
      try {
        const attempt = expect(store.read('id')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
        await lost;
        jest.advanceTimersByTime(10_000);
        await attempt;
      } finally {
        jest.useRealTimers();
      }
    });
  });
});
