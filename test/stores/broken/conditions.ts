import type { BrokenStore } from './broken-store.js';

/** Stores whose changes of a session have another condition than the port says. */
export const wrongConditions: readonly BrokenStore[] = [
  {
    does: 'takes whatever the beat is',
    breaks: (store) => ({
      take: async (id, seen, lease) => {
        const { beat = seen.beat } = (await store.read(id))?.row ?? {};
        return store.take(id, { ...seen, beat }, lease);
      },
    }),
    fails: ['take: nothing, if anything is another than seen', 'take: nothing, if it is repeated or arrives late'],
  },
  {
    does: 'takes no expired session',
    breaks: (store) => ({
      take: async (id, seen, lease) => (await store.lives(id)) && store.take(id, seen, lease),
    }),
    fails: [
      'take: the lease of a generation, if all is as seen',
      'beat: counts one up while the lease is named so',
      'release: frees the lease while it is named so',
    ],
  },
  {
    does: 'tells of an ended session that it was taken',
    breaks: (store) => ({
      take: async (id, seen, lease) => {
        const reading = await store.read(id);
        return reading !== undefined && reading.row.ended !== '' ? true : store.take(id, seen, lease);
      },
    }),
    fails: [
      'take: nothing, if anything is another than seen',
      'end and take, at once: ended, and the lease as take told',
      'end by the holder and take from it, at once: exactly one of them',
    ],
  },
  {
    does: 'beats and releases whoever holds the lease',
    breaks: (store) => ({
      beat: async (id) => {
        const { lease = '' } = (await store.read(id))?.row ?? {};
        return lease !== '' && store.beat(id, lease);
      },
      release: async (id) => {
        const { lease = '' } = (await store.read(id))?.row ?? {};
        return lease !== '' && store.release(id, lease);
      },
    }),
    fails: [
      'beat: counts one up while the lease is named so',
      'release: frees the lease while it is named so',
      'a lease: of other upper and lower case is another',
      'release and take of the same lease, at once: exactly one of them',
    ],
  },
  {
    does: 'fences the commit by the lease',
    breaks: (store) => {
      const taken = new Map<string, string>();
      return {
        take: async (id, seen, lease) => {
          const told = await store.take(id, seen, lease);
          if (told) taken.set(id, lease);
          return told;
        },
        commit: async (id, generation, next) => {
          const lease = (await store.read(id))?.row.lease;
          return lease === (taken.get(id) ?? lease) && store.commit(id, generation, next);
        },
      };
    },
    fails: [
      'commit: the next generation, whoever holds the lease',
      'commit and take, at once: the next generation is free',
    ],
  },
  {
    does: 'commits without a look at the generation',
    breaks: (store) => ({
      commit: async (id, generation, next) => {
        const { generation: standing = generation } = (await store.read(id))?.row ?? {};
        return store.commit(id, standing, next);
      },
    }),
    fails: ['commit: nothing, if the generation is another or the session has ended'],
  },
  {
    does: 'commits without a look at `ended`',
    breaks: (store) => ({
      commit: async (id, generation, next) => {
        const row = (await store.read(id))?.row;
        return row && row.ended !== '' ? row.generation === generation : store.commit(id, generation, next);
      },
    }),
    fails: [
      'commit: nothing, if the generation is another or the session has ended',
      'end and commit, at once: ended, and the generation as commit told',
      'end of a generation and its commit, at once: exactly one of them',
    ],
  },
  {
    does: 'keeps the lease over a commit',
    breaks: (store) => ({
      commit: async (id, generation, next) => {
        const lease = (await store.read(id))?.row.lease;
        const committed = await store.commit(id, generation, next);
        const row = (await store.read(id))?.row;
        if (row && lease) await store.take(id, row, lease);
        return committed;
      },
    }),
    fails: [
      'commit: the next generation, whoever holds the lease',
      'commit: nothing, if the generation is another or the session has ended',
      'commit and take, at once: the next generation is free',
    ],
  },
  {
    does: 'counts rows that were changed, and not those that were found',
    breaks: (store) => ({
      stamp: async (id, generation, handed) => {
        const before = (await store.read(id))?.row.handedAt;
        const found = await store.stamp(id, generation, handed);
        return found && !(before === null && !handed);
      },
    }),
    fails: ['stamp: `handedAt` of this generation is now or nothing'],
  },
  {
    does: 'keeps the time when a generation was handed first',
    breaks: (store) => ({
      stamp: async (id, generation, handed) => {
        const row = (await store.read(id))?.row;
        if (handed && row && row.handedAt !== null) return row.ended === '' && row.generation === generation;
        return store.stamp(id, generation, handed);
      },
    }),
    fails: ['stamp: `handedAt` of this generation is now or nothing'],
  },
];
