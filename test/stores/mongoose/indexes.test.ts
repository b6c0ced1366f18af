import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Connection, mongo } from 'mongoose';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
import { connected, describeMongo, dropDatabase, newDatabase } from './database.js';
import { newSession } from './sessions.js';

describeMongo('indexes in MongoDB', () => {
  const database = newDatabase();
  let connection: Connection;
  let store: MongooseBrokerStore;
  let db: mongo.Db;

  beforeAll(async () => {
    connection = await connected(database);
    store = new MongooseBrokerStore(connection);
    await store.open();
    db = connection.getClient().db(database);
  });

  afterAll(async () => {
    await connection.close();
    await dropDatabase(database);
  });

  const indexesOf = (name: string) => db.collection(name).listIndexes().toArray();

  it('lead to the sessions of a provider’s session or subject, and to those past their time', async () => {
    await expect(indexesOf('oidc_sessions')).resolves.toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: { sidKey: 1, ended: 1 } }),
        expect.objectContaining({ key: { subKey: 1, ended: 1 } }),
        expect.objectContaining({ key: { emptied: 1, until: 1 } }),
      ]),
    );
  });

  it('let MongoDB remove old notes and emptied sessions by itself, a day after their time', async () => {
    await expect(indexesOf('oidc_sessions')).resolves.toContainEqual(
      expect.objectContaining({
        key: { until: 1 },
        expireAfterSeconds: 86_400,
        partialFilterExpression: { emptied: true },
      }),
    );
    await expect(indexesOf('oidc_notes')).resolves.toContainEqual(
      expect.objectContaining({ key: { until: 1 }, expireAfterSeconds: 86_400 }),
    );
  });

  it('let MongoDB remove no session that lives, and none that still holds content', async () => {
    const [living, ended, emptied] = [newSession({ lifetime: -1 }), newSession(), newSession()];
    for (const session of [living, ended, emptied]) await store.insert(session);
    await store.end(ended.id, 'logout');
    await store.end(emptied.id, 'logout');
    await store.empty(emptied.id);
    await expect(store.empty(living.id)).resolves.toBe(false);

    const inIndex = await db.collection<{ _id: string }>('oidc_sessions').find({ emptied: true }).toArray();
    expect(inIndex.map(({ _id }) => _id)).toEqual([emptied.id]);
  });

  it('are made once, however often the store is opened', async () => {
    const before = [await indexesOf('oidc_sessions'), await indexesOf('oidc_notes')];
    await store.open();
    await store.open();
    expect([await indexesOf('oidc_sessions'), await indexesOf('oidc_notes')]).toEqual(before);
  });
});
