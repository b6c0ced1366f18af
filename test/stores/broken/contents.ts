import type { BrokerStore, SessionRow } from '../../../lib/broker/store.js';
import type { BrokenStore } from './broken-store.js';

const HOUR = 3_600_000;

/** Reads as another would have written. */
const reading =
  (store: BrokerStore, changed: (row: SessionRow) => Partial<SessionRow>): BrokerStore['read'] =>
  async (id) => {
    const found = await store.read(id);
    return found && { ...found, row: { ...found.row, ...changed(found.row) } };
  };

/** How each text was spelled at first. */
const spellings = new Map<string, string>();

/** One spelling for all that differ only by upper and lower case. */
function spelled<Value>(value: Value): Value {
  if (typeof value !== 'string') return value;
  const first = spellings.get(value.toLowerCase()) ?? value;
  spellings.set(value.toLowerCase(), first);
  return first as Value & string;
}

/** Stores whose texts, times and numbers are others than were written. */
export const wrongContents: readonly BrokenStore[] = [
  {
    does: 'compares ids without a look at upper and lower case',
    breaks: (store) => ({
      insert: (session) => store.insert({ ...session, id: spelled(session.id) }),
      read: (id) => store.read(spelled(id)),
      end: (id, reason, only) => store.end(spelled(id), reason, only),
    }),
    fails: ['ids that differ only by upper and lower case are of two sessions'],
  },
  {
    does: 'compares leases without a look at upper and lower case',
    breaks: (store) => ({
      take: (id, seen, lease) => store.take(id, { ...seen, lease: spelled(seen.lease) }, spelled(lease)),
      beat: (id, lease) => store.beat(id, spelled(lease)),
      release: (id, lease) => store.release(id, spelled(lease)),
      end: (id, reason, only) => store.end(id, reason, { ...only, lease: spelled(only?.lease) }),
    }),
    fails: ['a lease: of other upper and lower case is another'],
  },
  {
    does: 'compares keys without a look at upper and lower case',
    breaks: (store) => ({
      insert: ({ sidKey, subKey, ...session }) =>
        store.insert({ ...session, sidKey: spelled(sidKey), subKey: spelled(subKey) }),
      idsOf: (by, key, limit) => store.idsOf(by, spelled(key), limit),
      note: (key, lifetime) => store.note(spelled(key), lifetime),
      noted: (keys) => store.noted(keys.map(spelled)),
    }),
    fails: ['keys that differ only by upper and lower case are two'],
  },
  {
    does: 'compares what is sealed without a look at upper and lower case',
    breaks: (store) => ({
      addKey: ({ sequence, sealed }) => store.addKey({ sequence, sealed: spelled(sealed) }),
      resealKey: (sequence, from, to) => store.resealKey(sequence, spelled(from), spelled(to)),
    }),
    fails: ['resealKey: only from exactly this content'],
  },
  {
    does: 'has a clock of its own for `handedAt`, an hour ahead',
    breaks: (store) => ({
      read: reading(store, ({ handedAt }) => ({ handedAt: handedAt && handedAt + HOUR })),
    }),
    fails: [
      'commit: the next generation, whoever holds the lease',
      'stamp: `handedAt` of this generation is now or nothing',
    ],
  },
  {
    does: 'has no room for milliseconds of years',
    breaks: (store) => ({
      insert: (session) => store.insert({ ...session, lifetime: Math.min(session.lifetime, 2 ** 31 - 1) }),
    }),
    fails: ['insert: a session of generation 1, held by nobody'],
  },
  {
    does: 'gives numbers as texts',
    breaks: (store) => ({ read: reading(store, ({ dueAt }) => ({ dueAt: String(dueAt) as unknown as number })) }),
    fails: [
      'insert: a session of generation 1, held by nobody',
      'commit: the next generation, whoever holds the lease',
      'end: ends the session if all that `only` names holds',
      'empty: the content of an ended session is gone',
      'postpone: moves the `dueAt` of an ended session',
    ],
  },
  {
    does: 'cuts off sessions that are longer than 64 KiB less one, and keys longer than 4 KiB',
    breaks: (store) => ({
      read: reading(store, ({ sealed }) => ({ sealed: sealed.slice(0, 65_535) })),
      keys: async () =>
        (await store.keys()).map(({ sequence, sealed }) => ({ sequence, sealed: sealed.slice(0, 4096) })),
    }),
    fails: ['sealed content of 64 KiB comes back unchanged', 'a signing key of 8 KiB comes back unchanged'],
  },
  {
    does: 'replaces a session that is there',
    breaks: (store) => ({
      insert: async (session) => {
        await store.insert(session).catch(() => store.commit(session.id, 1, { ...session, handed: false }));
      },
    }),
    fails: [
      'insert: fails for an id that is there, and changes nothing',
      'insert, at once: exactly one session of this id is there',
    ],
  },
  {
    does: 'makes the session that it is to end',
    breaks: (store) => ({
      end: async (id, reason, only) => {
        await store.insert({ id, sealed: '', lifetime: 0, sidKey: '', subKey: '' }).catch(() => undefined);
        return store.end(id, reason, only);
      },
    }),
    fails: [
      'a session that is not there: every verb misses, and makes none',
      'ids that differ only by upper and lower case are of two sessions',
    ],
  },
];
