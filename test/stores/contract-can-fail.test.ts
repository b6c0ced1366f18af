import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { brokerStoreContract } from 'nestjs-oidc-auth/testing';
import { MemoryBrokerStore } from '../../lib/broker/memory/memory.store.js';
import type { BrokerStore } from '../../lib/broker/store.js';
import { viewOf, type BrokenStore } from './broken/broken-store.js';
import { wrongConditions } from './broken/conditions.js';
import { wrongContents } from './broken/contents.js';
import { wrongEndings } from './broken/endings.js';
import { wrongLookups } from './broken/lookups.js';
import { notAtomic } from './broken/not-atomic.js';
import { wrongPeers } from './broken/peers.js';

const brokenStores = [
  ...notAtomic,
  ...wrongConditions,
  ...wrongEndings,
  ...wrongContents,
  ...wrongLookups,
  ...wrongPeers,
];

/** What each case that fails says, by its name. */
async function refusalsOf({ breaks }: Pick<BrokenStore, 'breaks'>): Promise<Map<string, string>> {
  const store = new MemoryBrokerStore();
  const refusals = new Map<string, string>();
  for (const { name, run } of brokerStoreContract) {
    await run(async () => viewOf(store, breaks(store))).catch((thrown: unknown) => {
      refusals.set(name, String(thrown));
    });
  }
  return refusals;
}

describe('the contract refuses a store that', () => {
  it.each(brokenStores)('$does', async ({ breaks, fails }) => {
    const refusals = await refusalsOf({ breaks });
    expect([...refusals.keys()]).toEqual(fails);
  });
});

describe('the contract says which promise was broken by a store that', () => {
  it.each([
    ['takes by reading first and writing then', 'take, at once: exactly one has to win, and 8 did'],
    ['fences the commit by the lease', 'commit, by a holder who was robbed: has to tell true'],
    ['ignores the lease in end', "end, another's lease: has to tell false"],
    ['has a clock of its own for `handedAt`, an hour ahead', '(handedAt): has to be between'],
    ['keeps a key set in two rows', 'keepPeerKeys, at once: has to leave one of the key sets, and all of it'],
    ['sweeps without bound', 'sweep: has to delete as many sessions as the limit'],
  ])('%s', async (named, sentence) => {
    const [{ breaks } = { breaks: () => ({}) }] = brokenStores.filter(({ does }) => does === named);
    expect([...(await refusalsOf({ breaks })).values()].join('\n')).toContain(sentence);
  });
});

describe('the contract', () => {
  it('takes a view that breaks nothing', async () => {
    expect(await refusalsOf({ breaks: () => ({}) })).toEqual(new Map());
  });

  it('takes a view whose lists and rows are of another realm, as those of native drivers are under Jest', async () => {
    const copy = runInNewContext('(value) => value && JSON.parse(JSON.stringify(value))') as <Value>(
      value: Value,
    ) => Value;
    const breaks = (store: BrokerStore): Partial<BrokerStore> => ({
      read: async (id) => copy(await store.read(id)),
      idsOf: async (by, key, limit) => copy(await store.idsOf(by, key, limit)),
      due: async (limit) => copy(await store.due(limit)),
      keys: async () => copy(await store.keys()),
    });
    expect(await refusalsOf({ breaks })).toEqual(new Map());
  });

  it('has no case that every broken store passes', () => {
    const failing = new Set(brokenStores.flatMap(({ fails }) => fails));
    expect(brokerStoreContract.map(({ name }) => name).filter((name) => !failing.has(name))).toEqual([]);
  });
});
