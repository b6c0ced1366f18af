import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Connection, mongo } from 'mongoose';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
import { connected, describeMongo, dropDatabase, newDatabase } from './database.js';
import { newSession } from './sessions.js';

const DURABLE = { w: 'majority', j: true };
const changes: Record<string, (store: MongooseBrokerStore, id: string) => Promise<unknown>> = {
  take: (store, id) => store.take(id, { generation: 1, lease: '', beat: 0 }, 'lease'),
  beat: (store, id) => store.beat(id, 'lease'),
  release: (store, id) => store.release(id, 'lease'),
  commit: (store, id) => store.commit(id, 1, { sealed: 'next', lifetime: 1, handed: true }),
  stamp: (store, id) => store.stamp(id, 1, true),
  end: (store, id) => store.end(id, 'logout'),
  empty: (store, id) => store.empty(id),
  postpone: (store, id) => store.postpone(id, 1),
  insert: (store) => store.insert(newSession()),
  resealKey: (store) => store.resealKey(1, 'from', 'to'),
  keepPeerKeys: (store, id) => store.keepPeerKeys(id, 'sealed'),
};
const reads: Record<string, (store: MongooseBrokerStore, id: string) => Promise<unknown>> = {
  read: (store, id) => store.read(id),
  lives: (store, id) => store.lives(id),
  noted: (store) => store.noted(['key']),
  keys: (store) => store.keys(),
  peerKeys: (store, id) => store.peerKeys(id),
  idsOf: (store, id) => store.idsOf('sidKey', id, 10),
};

/** What reaches MongoDB, on a connection whose own settings are all of the kind that loses writes and misreads numbers. */
describeMongo('commands to MongoDB', () => {
  const database = newDatabase();
  const commands: mongo.CommandStartedEvent[] = [];
  let connection: Connection;
  let store: MongooseBrokerStore;

  beforeAll(async () => {
    connection = await connected(database, {
      monitorCommands: true,
      w: 1,
      journal: false,
      readConcernLevel: 'local',
      readPreference: 'secondaryPreferred',
      useBigInt64: true,
      ignoreUndefined: true,
    });
    store = new MongooseBrokerStore(connection);
    await store.open();
    connection.getClient().on('commandStarted', (event) => commands.push(event));
  });

  afterAll(async () => {
    await connection.close();
    await dropDatabase(database);
  });

  async function commandsOf(verb: (store: MongooseBrokerStore, id: string) => Promise<unknown>) {
    const session = newSession({ lifetime: 60_000 });
    await store.insert(session);
    commands.length = 0;
    await verb(store, session.id);
    return commands.map(({ command }) => command as Record<string, unknown>);
  }

  it.each(Object.entries(changes))(
    '%s is one update of one document, and waits for the majority’s journals',
    async (verb, run) => {
      const sent = await commandsOf(run);

      expect(sent).toHaveLength(1);
      const [command] = sent;
      expect(command).toMatchObject({ writeConcern: DURABLE, maxTimeMS: expect.any(Number) });
      expect(command?.updates).toEqual([{ q: expect.any(Object), u: expect.any(Object), ...upsertOf(verb) }]);
      // a pipeline would be an array
      expect(Array.isArray((command?.updates as { u: unknown }[])[0]?.u)).toBe(false);
      expect(command).not.toHaveProperty('autocommit');
    },
  );

  it.each(Object.entries(reads))('%s is one read of what a majority has, on the primary', async (_, run) => {
    const sent = await commandsOf(run);

    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ readConcern: { level: 'majority' }, maxTimeMS: expect.any(Number) });
    expect(sent[0]?.$readPreference).not.toEqual({ mode: 'secondaryPreferred' });
  });

  it('forgetPeersExcept is one deletion of all others, and waits for the majority’s journals', async () => {
    const sent = await commandsOf(() => store.forgetPeersExcept(['one', 'two']));

    const deletes = [{ q: { _id: { $nin: ['one', 'two'] } }, limit: 0 }];
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ deletes, writeConcern: DURABLE, maxTimeMS: expect.any(Number) });
    expect(sent[0]).not.toHaveProperty('autocommit');
  });

  it('numbers come back as numbers, whatever the connection makes of them for others', async () => {
    const session = newSession({ lifetime: 40 * 86_400_000 });
    await store.insert(session);

    const reading = await store.read(session.id);
    expect(reading?.row).toMatchObject({ generation: 1, beat: 0, handedAt: null, endedAt: null });
    expect(Math.round(((reading?.row.dueAt ?? 0) - (reading?.now ?? 0)) / 86_400_000)).toBe(40);
  });

  it('an object in the place of a text is compared, and never read as operators', async () => {
    const session = newSession({ subKey: 'subject' });
    await store.insert(session);
    const anything = { $gt: '' } as unknown as string;

    await expect(store.read(anything)).resolves.toBeUndefined();
    await expect(store.lives(anything)).resolves.toBe(false);
    await expect(store.end(anything, 'logout')).resolves.toBe(false);
    await expect(store.take(session.id, { generation: 1, lease: anything, beat: 0 }, 'lease')).resolves.toBe(false);
    await expect(store.beat(session.id, { $ne: 'x' } as unknown as string)).resolves.toBe(false);
    await expect(store.idsOf('subKey', anything, 10)).resolves.toEqual([]);
    await store.keepPeerKeys('peer', 'sealed');
    await expect(store.peerKeys(anything)).resolves.toBeUndefined();
    await expect(store.lives(session.id)).resolves.toBe(true);
  });
});

function upsertOf(verb: string): { upsert?: true } {
  return verb === 'insert' || verb === 'keepPeerKeys' ? { upsert: true } : {};
}
