import { afterAll, expect, it } from '@jest/globals';
import { createConnection, type Connection } from 'mongoose';
import { brokerStoreContract } from 'nestjs-oidc-auth/testing';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
import { describeMongo, dropDatabase, newDatabase, urlOf } from './mongoose/database.js';

describeMongo('the store in MongoDB keeps the contract', () => {
  const database = newDatabase();
  const connections: Connection[] = [];

  /** Four at a time are on connections of their own, as in processes of their own. */
  async function openStore() {
    const connection = connections.length < 4 ? createConnection(urlOf(database)) : connections.shift();
    if (!connection) throw new Error('there are four');
    connections.push(connection);
    const store = new MongooseBrokerStore(connection);
    await store.open();
    return store;
  }

  afterAll(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await dropDatabase(database);
  });

  for (const { name, run } of brokerStoreContract) {
    it(name, async () => {
      await expect(run(openStore)).resolves.toBeUndefined();
    });
  }
});
