import type { BrokerStore, SessionReading, StoredKey } from '../../../lib/broker/store.js';
import type { BrokenStore } from './broken-store.js';

const YEARS = 1e12;
/** Stores that one of their views has closed. */
const closed = new WeakSet<BrokerStore>();

/** Stores that find too much, too little or what was there before, and those whose views are none. */
export const wrongLookups: readonly BrokenStore[] = [
  {
    does: 'counts expired sessions among the living',
    breaks: (store) => ({ lives: async (id) => (await store.read(id))?.row.ended === '' }),
    fails: ['lives: there, not ended and not expired', 'lives: as long as the latest generation says'],
  },
  {
    does: 'looks for a key in either column',
    breaks: (store) => ({
      idsOf: async (_by, key, limit) => {
        const found = [...(await store.idsOf('sidKey', key, limit)), ...(await store.idsOf('subKey', key, limit))];
        return found.slice(0, limit);
      },
    }),
    fails: ['idsOf: the sessions that carry the key and have not ended'],
  },
  {
    does: 'finds all sessions of a key at once',
    breaks: (store) => ({ idsOf: (by, key) => store.idsOf(by, key, 1_000_000) }),
    fails: ['idsOf: no more than the limit, and none of it spent on ended ones'],
  },
  {
    does: 'keeps a note forever',
    breaks: (store) => ({ note: (key) => store.note(key, YEARS) }),
    fails: [
      'sweep: no more expired notes than the limit, and no others',
      'note: a key whose time is over counts as not noted',
      'noted: whether any of up to 500 keys is noted',
      'note, at once: exactly one notes a key whose time is over',
    ],
  },
  {
    does: 'notes again what is noted',
    breaks: (store) => ({
      note: async (key, lifetime) => {
        await store.note(key, lifetime);
        return true;
      },
    }),
    fails: [
      'note: once, until its time is over',
      'note, at once: exactly one notes a key that nobody has noted',
      'note, at once: exactly one notes a key whose time is over',
    ],
  },
  {
    does: 'looks at the first of several notes only',
    breaks: (store) => ({ noted: (keys) => store.noted(keys.slice(0, 1)) }),
    fails: ['noted: whether any of up to 500 keys is noted'],
  },
  {
    does: 'cuts off the keys of notes',
    breaks: (store) => ({
      note: (key, lifetime) => store.note(key.slice(0, 64), lifetime),
      noted: (keys) => store.noted(keys.map((key) => key.slice(0, 64))),
    }),
    fails: ['note: keys of 100 characters, to the last of them'],
  },
  {
    does: 'orders keys by the text of their number',
    breaks: (store) => ({
      keys: async () => (await store.keys()).sort((a, b) => (String(a.sequence) < String(b.sequence) ? -1 : 1)),
    }),
    fails: [
      'keys: all of them, the oldest first',
      'resealKey: only from exactly this content',
      'removeKey: this one, and nothing if it is not there',
    ],
  },
  {
    does: 'replaces a key that is there',
    breaks: (store) => ({
      addKey: async (key) => {
        await store.removeKey(key.sequence);
        return store.addKey(key);
      },
    }),
    fails: ['addKey: leaves a key of this number as it is'],
  },
  {
    does: 'reseals a key whatever it holds',
    breaks: (store) => ({
      resealKey: async (sequence, from, to) => {
        const sealed = (await store.keys()).find((key) => key.sequence === sequence)?.sealed ?? from;
        return store.resealKey(sequence, sealed, to);
      },
    }),
    fails: ['resealKey: only from exactly this content'],
  },
  {
    does: 'removes all keys that are older besides',
    breaks: (store) => ({
      removeKey: async (last) => {
        for (const { sequence } of await store.keys()) if (sequence <= last) await store.removeKey(sequence);
      },
    }),
    fails: ['removeKey: this one, and nothing if it is not there'],
  },
  {
    does: 'removes all keys that are newer besides',
    breaks: (store) => ({
      removeKey: async (first) => {
        for (const { sequence } of await store.keys()) if (sequence >= first) await store.removeKey(sequence);
      },
    }),
    fails: ['removeKey: this one, and nothing if it is not there'],
  },
  {
    does: 'remembers per view that a session lives',
    breaks: (store) => {
      const living = new Set<string>();
      return {
        lives: async (id) => {
          if (!living.has(id) && (await store.lives(id))) living.add(id);
          return living.has(id);
        },
      };
    },
    fails: ['lives: as long as the latest generation says'],
  },
  {
    does: 'remembers per view what it has read',
    breaks: (store) => {
      const read = new Map<string, SessionReading>();
      return {
        read: async (id) => {
          const found = read.get(id) ?? (await store.read(id));
          if (found) read.set(id, found);
          return found;
        },
      };
    },
    fails: [
      'take: the lease of a generation, if all is as seen',
      'beat: counts one up while the lease is named so',
      'release: frees the lease while it is named so',
      'commit: the next generation, whoever holds the lease',
      'stamp: `handedAt` of this generation is now or nothing',
      'end: ends the session if all that `only` names holds',
      'empty: the content of an ended session is gone',
      'postpone: moves the `dueAt` of an ended session',
      'sweep: no more sessions than the limit, and all of them in the end',
      'sealed content of 64 KiB comes back unchanged',
      'what one view has written, every other reads at once',
      'take, at once: exactly one gets a free lease',
      'take, at once: exactly one gets a held lease',
      'changes of different columns, at once: none is lost',
      'end and commit, at once: ended, and the generation as commit told',
      'end and take, at once: ended, and the lease as take told',
      'commit and take, at once: the next generation is free',
    ],
  },
  {
    does: 'remembers per view which keys there are',
    breaks: (store) => {
      let keys: StoredKey[] | undefined;
      return { keys: async () => (keys ??= await store.keys()) };
    },
    fails: [
      'resealKey: only from exactly this content',
      'removeKey: this one, and nothing if it is not there',
      'a signing key of 8 KiB comes back unchanged',
      'a signing key that one view has added, every other reads at once',
      'addKey, at once: exactly one has the number',
      'resealKey, at once: exactly one replaces the content',
    ],
  },
  {
    does: 'closes the connection of all views',
    breaks: (store) => {
      closed.delete(store);
      return {
        close: async () => void closed.add(store),
        read: async (id) => {
          if (closed.has(store)) throw new Error('closed');
          return store.read(id);
        },
      };
    },
    fails: ['close: a view that is closed leaves the others working, and the storage as it is'],
  },
];
