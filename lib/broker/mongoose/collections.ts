import type { mongo } from 'mongoose';
import type { KeyDocument, NoteDocument, PeerDocument, SessionDocument } from './documents.js';
import { SERVER_LIMIT } from './limits.js';

export interface BrokerCollections {
  sessions: mongo.Collection<SessionDocument>;
  notes: mongo.Collection<NoteDocument>;
  keys: mongo.Collection<KeyDocument>;
  peers: mongo.Collection<PeerDocument>;
}

/** How long the TTL indexes leave to sweep what is over, in seconds. */
const SAFETY_NET = 86_400;

/**
 * What the database has acknowledged, no failover takes back, and nothing else is read:
 *
 * - Writes wait for a majority of the replica set and its journals; without a majority they fail after a while.
 * - Reads go to the primary and see what a majority has. With `local`, a waiter could see a commit and hand out its
 *   successor, then the primary fails, and no database knows that successor. What a verb has done is in every read that
 *   begins after it. A primary that has been replaced without knowing may for seconds answer reads from before: nothing
 *   can be taken or committed there, since no majority follows. `linearizable` would not answer so, but costs a round
 *   through the replica set for each read, and waiters read ten times a second.
 * - A standalone server is its own majority.
 *
 * The rest is said because the application's client may have it otherwise for what it keeps itself.
 */
const OPTIONS: mongo.CollectionOptions = {
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: SERVER_LIMIT },
  promoteValues: true,
  promoteLongs: true,
  useBigInt64: false,
  raw: false,
};

/**
 * The driver's collections, not Mongoose's: those wait in a queue while the database is away, and models would take names
 * among the application's, and its plugins and settings besides.
 */
export function collectionsOf(db: mongo.Db, prefix: string): BrokerCollections {
  return {
    sessions: db.collection(`${prefix}sessions`, OPTIONS),
    notes: db.collection(`${prefix}notes`, OPTIONS),
    keys: db.collection(`${prefix}keys`, OPTIONS),
    peers: db.collection(`${prefix}peers`, OPTIONS),
  };
}

/** Makes what is missing. MongoDB lets several processes do so at once: each waits until the index is there. */
export async function makeIndexes({ sessions, notes }: BrokerCollections): Promise<void> {
  await sessions.createIndexes([
    { key: { sidKey: 1, ended: 1 } },
    { key: { subKey: 1, ended: 1 } },
    { key: { emptied: 1, until: 1 } },
    // a session that has not ended is never emptied, and so never in this index
    { key: { until: 1 }, expireAfterSeconds: SAFETY_NET, partialFilterExpression: { emptied: true } },
  ]);
  await notes.createIndexes([{ key: { until: 1 }, expireAfterSeconds: SAFETY_NET }]);
}
