import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { connected, describeMongo, dropDatabase, newDatabase, urlOf } from './database.js';
import { StoreProcess } from './store-process.js';

describeMongo('eight processes on one empty database', () => {
  const database = newDatabase();
  let connection: Connection;
  const processes: StoreProcess[] = [];

  beforeAll(async () => {
    connection = await connected(database);
    for (let index = 0; index < 8; index += 1) processes.push(new StoreProcess(urlOf(database)));
    // each is ready once it answers anything, and none has opened the database yet
    await Promise.allSettled(processes.map((store) => store.call('keys')));
    await expect(connection.listCollections()).resolves.toEqual([]);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map((store) => store.end()));
    await connection.close();
    await dropDatabase(database);
  });

  it('open it at once, and have one set of collections and indexes', async () => {
    await expect(Promise.all(processes.map((store) => store.call('open')))).resolves.toHaveLength(8);

    const collections = (await connection.listCollections()).map(({ name }) => name).sort();
    expect(collections).toEqual(['oidc_notes', 'oidc_sessions']);
    const db = connection.getClient().db(database);
    await expect(db.collection('oidc_sessions').listIndexes().toArray()).resolves.toHaveLength(5);
    await expect(db.collection('oidc_notes').listIndexes().toArray()).resolves.toHaveLength(2);
  });

  it('add the first signing key at once, and one of them has added it', async () => {
    const added = await Promise.all(
      processes.map((store, index) => store.call('addKey', { sequence: 1, sealed: `of ${index}` })),
    );

    expect(added.filter(Boolean)).toHaveLength(1);
    const sealed = `of ${added.indexOf(true)}`;
    for (const store of processes) await expect(store.call('keys')).resolves.toEqual([{ sequence: 1, sealed }]);
  });

  it('note the same at once, and one of them has noted it', async () => {
    const noted = await Promise.all(processes.map((store) => store.call('note', 'jti', 60_000)));
    expect(noted.filter(Boolean)).toHaveLength(1);
  });

  it('keep the key set of a peer at once, and one of them has the last word', async () => {
    const sets = processes.map((_, index) => `${index}.`.repeat(50_000));
    await Promise.all(processes.map((store, index) => store.call('keepPeerKeys', 'peer', sets[index])));
    const [left, ...others] = await Promise.all(processes.map((store) => store.call('peerKeys', 'peer')));
    expect(sets).toContain(left);
    expect(new Set(others)).toEqual(new Set([left]));
  });
});
