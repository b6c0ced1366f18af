import type { BrokenStore } from './broken-store.js';

const beating = new Map<string, Promise<boolean>>();

/** Stores that look first and write then; whatever happens in between they overwrite. */
export const notAtomic: readonly BrokenStore[] = [
  {
    does: 'takes by reading first and writing then',
    breaks: (store) => ({
      take: async (id, seen, lease) => {
        const row = (await store.read(id))?.row;
        if (row?.ended !== '' || row.generation !== seen.generation) return false;
        if (row.lease !== seen.lease || row.beat !== seen.beat) return false;
        const { row: overwritten = row } = (await store.read(id)) ?? {};
        await store.take(id, overwritten, lease);
        return true;
      },
    }),
    fails: [
      'take, at once: exactly one gets a free lease',
      'take, at once: exactly one gets a held lease',
      'end and take, at once: ended, and the lease as take told',
      'commit and take, at once: the next generation is free',
      'end by the holder and take from it, at once: exactly one of them',
      'release and take of the same lease, at once: exactly one of them',
    ],
  },
  {
    does: 'commits by reading first and writing then',
    breaks: (store) => ({
      commit: async (id, generation, next) => {
        const row = (await store.read(id))?.row;
        if (row?.ended !== '' || row.generation !== generation) return false;
        await store.commit(id, (await store.read(id))?.row.generation ?? generation, next);
        return true;
      },
    }),
    fails: [
      'commit, at once: exactly one generation follows',
      'end and commit, at once: ended, and the generation as commit told',
      'end of a generation and its commit, at once: exactly one of them',
    ],
  },
  {
    does: 'ends by reading first and writing then',
    breaks: (store) => ({
      end: async (id, reason, only = {}) => {
        const row = (await store.read(id))?.row;
        if (row?.ended !== '') return false;
        const { generation = row.generation, lease = row.lease, handed } = only;
        if (row.generation !== generation || row.lease !== lease) return false;
        if (handed && row.handedAt === null) return false;
        await store.end(id, reason);
        return true;
      },
    }),
    fails: [
      'end, at once: exactly one has ended it',
      'end of a generation and its commit, at once: exactly one of them',
      'end by the holder and take from it, at once: exactly one of them',
      'end of what was handed and stamp to nothing, at once: exactly one of them',
    ],
  },
  {
    does: 'releases by reading first and writing then',
    breaks: (store) => ({
      release: async (id, lease) => {
        if ((await store.read(id))?.row.lease !== lease) return false;
        await store.release(id, (await store.read(id))?.row.lease ?? lease);
        return true;
      },
    }),
    fails: ['release and take of the same lease, at once: exactly one of them'],
  },
  {
    does: 'loses beats that come together',
    breaks: (store) => ({
      beat: (id, lease) => {
        const beat = beating.get(id) ?? Promise.resolve().then(() => store.beat(id, lease));
        beating.set(id, beat);
        return beat.finally(() => beating.delete(id));
      },
    }),
    fails: ['beat, at once: all are counted', 'changes of different columns, at once: none is lost'],
  },
  {
    does: 'inserts by reading first and writing then',
    breaks: (store) => ({
      insert: async (session) => {
        if (await store.read(session.id)) throw new Error('a session with this id is there already');
        await store.insert(session).catch(() => undefined);
      },
    }),
    fails: ['insert, at once: exactly one session of this id is there'],
  },
  {
    does: 'notes by reading first and writing then',
    breaks: (store) => ({
      note: async (key, lifetime) => {
        if (await store.noted([key])) return false;
        await store.note(key, lifetime);
        return true;
      },
    }),
    fails: [
      'note, at once: exactly one notes a key that nobody has noted',
      'note, at once: exactly one notes a key whose time is over',
    ],
  },
  {
    does: 'adds and reseals keys by reading first and writing then',
    breaks: (store) => ({
      addKey: async (key) => {
        if ((await store.keys()).some(({ sequence }) => sequence === key.sequence)) return false;
        await store.addKey(key);
        return true;
      },
      resealKey: async (sequence, from, to) => {
        const found = (await store.keys()).find((key) => key.sequence === sequence);
        if (found?.sealed !== from) return false;
        await store.resealKey(sequence, from, to);
        return true;
      },
    }),
    fails: ['addKey, at once: exactly one has the number', 'resealKey, at once: exactly one replaces the content'],
  },
];
