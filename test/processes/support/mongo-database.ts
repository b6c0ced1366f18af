import type { Connection } from 'mongoose';
import { connected, dropDatabase, newDatabase, urlOf } from '../../stores/mongoose/database.js';
import type { Database } from './database.js';

interface Session {
  _id: string;
  generation: number;
  lease: string;
  ended: string;
  sealed: string;
}

/** An empty database of MongoDB. */
export async function mongoDatabase(): Promise<Database> {
  const name = newDatabase();
  const use = async <T>(work: (db: NonNullable<Connection['db']>) => Promise<T>): Promise<T> => {
    const connection = await connected(name);
    try {
      if (!connection.db) throw new Error('The connection has no database.');
      return await work(connection.db);
    } finally {
      await connection.close();
    }
  };
  return {
    url: urlOf(name),
    dump: () =>
      use(async (db) => {
        const lines: string[] = [];
        for (const { collectionName, collection } of (await db.collections()).map((one) => ({
          collectionName: one.collectionName,
          collection: one,
        }))) {
          for (const document of await collection.find().toArray()) {
            lines.push(`${collectionName} ${JSON.stringify(document)}`);
          }
        }
        return lines.sort().join('\n');
      }),
    sessions: () =>
      use(async (db) => {
        const found = await db.collection<Session>('oidc_sessions').find().toArray();
        return found.map(({ _id, ...session }) => ({ id: _id, ...session }));
      }),
    overwrite: (id, change) =>
      use(async (db) => {
        await db.collection<Session>('oidc_sessions').updateOne({ _id: id }, { $set: change });
      }),
    signingKeys: () =>
      use(async (db) => {
        const found = await db
          .collection<{ _id: number; sealed: string }>('oidc_keys')
          .find()
          .sort({ _id: 1 })
          .toArray();
        return found.map(({ sealed }) => sealed);
      }),
    drop: () => dropDatabase(name),
  };
}
