import type { BrokenStore } from './broken-store.js';
/** Stores whose rows somebody sweeps at the moment. */
const sweeping = new WeakSet<object>();

/** Stores that end sessions, and clear up behind them, otherwise than the port says. */
export const wrongEndings: readonly BrokenStore[] = [
  {
    does: 'ignores the lease in end',
    breaks: (store) => ({ end: (id, reason, only) => store.end(id, reason, { ...only, lease: undefined }) }),
    fails: [
      'end: nothing, if anything that `only` names does not hold',
      'a lease: of other upper and lower case is another',
      'end by the holder and take from it, at once: exactly one of them',
    ],
  },
  {
    does: 'takes an empty lease for none in end',
    breaks: (store) => ({
      end: (id, reason, only) => store.end(id, reason, { ...only, lease: only?.lease || undefined }),
    }),
    fails: ['end: nothing, if anything that `only` names does not hold'],
  },
  {
    does: 'ends only what has not expired',
    breaks: (store) => ({
      end: async (id, reason, only) => (await store.lives(id)) && store.end(id, reason, only),
    }),
    fails: [
      'end: ends the session if all that `only` names holds',
      'due: what is past its `dueAt` and has not ended, or still holds content',
      'sweep: keeps what lives, holds content or is not due',
    ],
  },
  {
    does: 'tells of an ended session that it ended it',
    breaks: (store) => ({
      end: async (id, reason, only) =>
        (await store.end(id, reason, only)) || ((await store.read(id))?.row.ended ?? '') !== '',
    }),
    fails: ['end: nothing, if the session has ended before', 'end, at once: exactly one has ended it'],
  },
  {
    does: 'empties without putting off',
    breaks: (store) => ({ empty: async (id) => (await store.empty(id)) && store.postpone(id, 0) }),
    fails: ['empty: the content of an ended session is gone', 'sweep: keeps what lives, holds content or is not due'],
  },
  {
    does: 'ends what it puts off',
    breaks: (store) => ({
      postpone: async (id, delay) => {
        await store.end(id, 'postponed');
        return store.postpone(id, delay);
      },
    }),
    fails: ['postpone: moves the `dueAt` of an ended session'],
  },
  {
    does: 'gives everything that is due',
    breaks: (store) => ({ due: () => store.due(1_000_000) }),
    fails: ['due: no more than the limit'],
  },
  {
    does: 'leaves to purge what has expired, and not what holds content',
    breaks: (store) => ({
      due: async (limit) => {
        const ids = await store.due(limit);
        const rows = await Promise.all(ids.map(async (id) => (await store.read(id))?.row));
        return ids.filter((_, index) => rows[index]?.ended === '');
      },
    }),
    fails: ['due: what is past its `dueAt` and has not ended, or still holds content'],
  },
  {
    does: 'sweeps without bound',
    breaks: (store) => ({ sweep: () => store.sweep(1_000_000) }),
    fails: [
      'sweep: no more sessions than the limit, and all of them in the end',
      'sweep: no more expired notes than the limit, and no others',
    ],
  },
  {
    does: 'sweeps what holds content',
    breaks: (store) => ({
      sweep: async (limit) => {
        for (const id of await store.due(limit)) {
          await store.empty(id);
          await store.postpone(id, 0);
        }
        return store.sweep(limit);
      },
    }),
    fails: ['sweep: keeps what lives, holds content or is not due'],
  },
  {
    does: 'fails to sweep while another sweeps',
    breaks: (store) => ({
      sweep: async (limit) => {
        if (sweeping.has(store)) throw new Error('deadlock found');
        sweeping.add(store);
        await Promise.resolve();
        return store.sweep(limit).finally(() => sweeping.delete(store));
      },
    }),
    fails: ['sweep, at once with other verbs: none of them fails'],
  },
];
