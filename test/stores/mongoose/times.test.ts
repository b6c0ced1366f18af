import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Connection, mongo } from 'mongoose';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
import { connected, describeMongo, dropDatabase, newDatabase } from './database.js';
import { newSession } from './sessions.js';

const HOUR = 3_600_000;

describeMongo('times in MongoDB', () => {
  const database = newDatabase();
  let connection: Connection;
  let store: MongooseBrokerStore;
  let sessions: mongo.Collection<{ _id: string; since: Date; until: Date; lifetime: number }>;
  let notes: typeof sessions;

  beforeAll(async () => {
    connection = await connected(database);
    store = new MongooseBrokerStore(connection);
    await store.open();
    sessions = connection.getClient().db(database).collection('oidc_sessions');
    notes = connection.getClient().db(database).collection('oidc_notes');
  });

  afterAll(async () => {
    await connection.close();
    await dropDatabase(database);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  describe.each([
    ['behind', -HOUR],
    ['ahead', HOUR],
  ])('of a process whose clock is an hour %s', (_, skew) => {
    async function readAtTrueTime(id: string) {
      const before = Date.now();
      const reading = await store.read(id);
      const after = Date.now();
      if (!reading) throw new Error('the session is not there');
      return { ...reading, before, after };
    }

    function withSkew<T>(work: () => Promise<T>): Promise<T> {
      const trueNow = Date.now.bind(Date);
      jest.spyOn(Date, 'now').mockImplementation(() => trueNow() + skew);
      return work().finally(() => jest.restoreAllMocks());
    }

    it('are the server’s, in the session and beside it', async () => {
      const session = newSession();
      const began = Date.now();
      await withSkew(() => store.insert(session));
      await withSkew(() => store.commit(session.id, 1, { sealed: 'next', lifetime: 60_000, handed: true }));
      const { row, now, before, after } = await readAtTrueTime(session.id);

      // server and test run on one machine, and so by one true clock
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeLessThanOrEqual(after);
      expect(row.handedAt).toBeGreaterThanOrEqual(began);
      expect(row.handedAt).toBeLessThanOrEqual(before);
      expect(row.dueAt).toBeGreaterThanOrEqual(began + 60_000);
      expect(row.dueAt).toBeLessThanOrEqual(before + 60_000);
    });

    it('let a session live as long as it should', async () => {
      const [short, long] = [newSession({ lifetime: -1 }), newSession({ lifetime: HOUR / 2 })];
      await withSkew(() => Promise.all([store.insert(short), store.insert(long)]));

      await expect(withSkew(() => store.lives(short.id))).resolves.toBe(false);
      await expect(withSkew(() => store.lives(long.id))).resolves.toBe(true);
      const due = await withSkew(() => store.due(1000));
      expect(due).toContain(short.id);
      expect(due).not.toContain(long.id);
    });
  });

  it('that the indexes are given are about the exact ones, and not later', async () => {
    const session = newSession();
    await store.insert(session);
    await store.note('a note of this test', 60_000);

    const kept = [await sessions.findOne({ _id: session.id }), await notes.findOne({ _id: 'a note of this test' })];
    for (const document of kept) {
      const end = (document?.since.getTime() ?? 0) + (document?.lifetime ?? 0);
      expect(document?.until.getTime()).toBeLessThanOrEqual(end);
      expect(document?.until.getTime()).toBeGreaterThan(end - 60_000);
    }
  });

  it('that the indexes have too early end no session and no note', async () => {
    const session = newSession();
    await store.insert(session);
    await store.note('noted', 60_000);
    const early = { $set: { until: new Date(0) } };
    await sessions.updateOne({ _id: session.id }, early);
    await notes.updateOne({ _id: 'noted' }, early);

    await expect(store.due(1000)).resolves.not.toContain(session.id);
    await store.sweep(1000);
    await expect(store.lives(session.id)).resolves.toBe(true);
    await expect(store.noted(['noted'])).resolves.toBe(true);
  });

  it('of a note: once they are over, one of many renews it, though nothing has removed it', async () => {
    await expect(store.note('over', -1)).resolves.toBe(true);
    await expect(notes.countDocuments({ _id: 'over' })).resolves.toBe(1);
    await expect(store.noted(['over'])).resolves.toBe(false);

    const told = await Promise.all(Array.from({ length: 20 }, () => store.note('over', 60_000)));

    expect(told.filter(Boolean)).toHaveLength(1);
    await expect(store.noted(['over'])).resolves.toBe(true);
  });
});
