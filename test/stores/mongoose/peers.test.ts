import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Connection, mongo } from 'mongoose';
import { collectionsOf } from '../../../lib/broker/mongoose/collections.js';
import type { PeerDocument } from '../../../lib/broker/mongoose/documents.js';
import { Peers } from '../../../lib/broker/mongoose/peers.js';
import { connected, describeMongo, dropDatabase, newDatabase } from './database.js';

describeMongo('the key set of a peer, while another process keeps its own', () => {
  const database = newDatabase();
  let connection: Connection;
  let documents: mongo.Collection<PeerDocument>;

  beforeAll(async () => {
    connection = await connected(database);
    documents = collectionsOf(connection.getClient().db(database), 'oidc_').peers;
  });

  afterAll(async () => {
    await connection.close();
    await dropDatabase(database);
  });

  /** A collection where so many upserts find no document, and when they insert one, another has. */
  function overtaken(times: number): mongo.Collection<PeerDocument> {
    let left = times;
    const insert = (_id: string) => documents.insertOne({ _id, sealed: 'of.another' });
    const updateOne = async (filter: { _id: { $eq: string } }, ...more: [object, object]) => {
      if (left-- <= 0) return documents.updateOne(filter, ...more);
      await documents.deleteOne(filter);
      await insert(filter._id.$eq);
      return insert(filter._id.$eq);
    };
    return new Proxy(documents, {
      get: (target, name): unknown => (name === 'updateOne' ? updateOne : Reflect.get(target, name, target)),
    });
  }

  it('replaces that of the other, which was first', async () => {
    await new Peers(overtaken(1)).keep('a', 'of.us');
    await expect(new Peers(documents).keysOf('a')).resolves.toBe('of.us');
  });

  it('fails where the other is ahead once more', async () => {
    await expect(new Peers(overtaken(2)).keep('b', 'of.us')).rejects.toMatchObject({ code: 11000 });
    await expect(new Peers(documents).keysOf('b')).resolves.toBe('of.another');
  });
});
