import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import type { BrokerStore, StoredKey } from '../../broker/store.js';
import { contractCase, type ContractCase } from './contract-case.js';
import { sealedText, swapCase } from './samples.js';

/**
 * Two sequence numbers that nobody has, the smaller one first, although a text comparison would have it last. Whatever the
 * body adds under them is removed in the end.
 */
export async function withSequences(
  store: BrokerStore,
  body: (first: number, second: number) => Promise<void>,
): Promise<void> {
  const sequences = [randomInt(900_000_000, 1_000_000_000), randomInt(1_000_000_000, 2_000_000_000)] as const;
  try {
    await body(...sequences);
  } finally {
    await Promise.allSettled(sequences.map((sequence) => store.removeKey(sequence)));
  }
}

/** What the storage holds under these sequence numbers, in the order it tells. */
export async function keysOf(store: BrokerStore, ...sequences: number[]): Promise<StoredKey[]> {
  const all = Array.from(await store.keys(), ({ sequence, sealed }) => ({ sequence, sealed }));
  return all.filter(({ sequence }) => sequences.includes(sequence));
}

const keysCase = (
  name: string,
  body: (views: [BrokerStore, BrokerStore], sequences: [number, number]) => Promise<void>,
) =>
  contractCase(name, (store, other) => withSequences(store, (first, second) => body([store, other], [first, second])));

const adding = keysCase('keys: all of them, the oldest first', async ([store, other], [first, second]) => {
  const older = { sequence: first, sealed: sealedText() };
  const newer = { sequence: second, sealed: sealedText() };
  assert.equal(await store.addKey(newer), true, 'addKey: has to tell true of a sequence number that nobody has');
  assert.equal(await other.addKey(older), true, 'addKey: has to tell true of a sequence number that nobody has');
  const promise = 'keys: has to give every key unchanged, in the order of their sequence numbers';
  assert.deepEqual(await keysOf(store, first, second), [older, newer], promise);
  const all = Array.from(await other.keys(), ({ sequence }) => sequence);
  assert.deepEqual(
    all,
    all.toSorted((a, b) => a - b),
    promise,
  );
});

const addingAgain = keysCase('addKey: leaves a key of this number as it is', async ([store, other], [sequence]) => {
  const key = { sequence, sealed: sealedText() };
  await store.addKey(key);
  for (const sealed of [sealedText(), key.sealed]) {
    assert.equal(
      await other.addKey({ sequence, sealed }),
      false,
      'addKey: has to tell false if there is one of this number',
    );
    assert.deepEqual(await keysOf(store, sequence), [key], 'addKey: has to leave a key of this number as it is');
  }
});

const resealing = keysCase('resealKey: only from exactly this content', async ([store, other], [first, second]) => {
  const [from, to] = [sealedText(), sealedText()];
  await store.addKey({ sequence: first, sealed: from });
  await store.addKey({ sequence: second, sealed: from });
  const reseal = async (promise: string, [text, next]: [string, string], told: boolean, becomes: string) => {
    assert.equal(await store.resealKey(first, text, next), told, `resealKey, ${promise}: has to tell ${String(told)}`);
    const keys = [
      { sequence: first, sealed: becomes },
      { sequence: second, sealed: from },
    ];
    assert.deepEqual(await keysOf(other, first, second), keys, `resealKey, ${promise}: has to leave it so`);
  };
  await reseal('from another content', [sealedText(), to], false, from);
  await reseal('from a content of other upper and lower case', [swapCase(from), to], false, from);
  await reseal('from a part of the content', [from.slice(0, -1), to], false, from);
  await reseal('from the content to the same', [from, from], true, from);
  await reseal('from the content', [from, to], true, to);
  await reseal('repeated', [from, to], false, to);
});

const removing = keysCase(
  'removeKey: this one, and nothing if it is not there',
  async ([store, other], [first, second]) => {
    const older = { sequence: first, sealed: sealedText() };
    const newer = { sequence: second, sealed: sealedText() };
    for (const [removed, kept] of [
      [newer, older],
      [older, newer],
    ] as const) {
      await store.addKey(removed);
      await store.addKey(kept);
      assert.deepEqual(await keysOf(other, first, second), [older, newer], 'removeKey: has to free the number');
      for (let times = 0; times < 2; times += 1) {
        await store.removeKey(removed.sequence);
        assert.deepEqual(await keysOf(other, first, second), [kept], 'removeKey: has to remove this key and no other');
      }
    }
    const promise = 'resealKey: has to tell false of a key that is not there, and to make none';
    assert.equal(await other.resealKey(first, sealedText(), sealedText()), false, promise);
    assert.deepEqual(await keysOf(store, first), [], promise);
  },
);

export const signingKeys: readonly ContractCase[] = [adding, addingAgain, resealing, removing];
