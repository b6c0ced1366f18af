import assert from 'node:assert/strict';
import type { BrokerStore } from '../../broker/store.js';
import { contractCase, type ContractCase } from './contract-case.js';
import { rowOf } from './readings.js';
import { HOUR, randomText } from './samples.js';
import { emptied, ended, expired, fresh, sweepable, type State } from './states.js';

/** More than the storage holds that is due: what is left of earlier runs must not fill the answer. */
const ALL = 100_000;
/** How many rows one statement deletes while a case clears up before it counts. */
const STEP = 500;

/** Ended, with its content, and past its `dueAt`. */
const unsettled: State = async (store, other) => {
  const id = await ended()(store, other);
  await store.postpone(id, 0);
  return id;
};

/** Deletes all that may be deleted. */
export async function sweepAll(store: BrokerStore): Promise<void> {
  for (let step = 0; step < ALL / STEP; step += 1) {
    if ((await store.sweep(STEP)) === 0) return;
  }
  assert.fail('sweep: has to tell 0 once nothing is left to delete');
}

async function several(count: number, given: State, store: BrokerStore, other: BrokerStore): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) ids.push(await given(store, other));
  return ids;
}

async function countOf(ids: readonly string[], store: BrokerStore): Promise<number> {
  let count = 0;
  for (const id of ids) count += (await store.read(id)) ? 1 : 0;
  return count;
}

const dueStates: readonly { says: string; given: State; due: boolean }[] = [
  { says: 'has expired and not ended', given: expired, due: true },
  { says: 'has ended, holds content, and is past its dueAt', given: unsettled, due: true },
  { says: 'lives', given: fresh, due: false },
  { says: 'has expired and just ended', given: ended(expired), due: false },
  { says: 'was emptied just now', given: emptied, due: false },
  { says: 'holds no content any more and is past its dueAt', given: sweepable, due: false },
];

const dueOnes = contractCase(
  'due: what is past its `dueAt` and has not ended, or still holds content',
  async (store, other) => {
    for (const { says, given, due } of dueStates) {
      const id = await given(store, other);
      const found = await other.due(ALL);
      assert.equal(found.includes(id), due, `due: has to ${due ? 'give' : 'leave out'} a session that ${says}`);
      assert.equal(new Set(found).size, found.length, 'due: has to give no session twice');
    }
  },
);

const dueLimit = contractCase('due: no more than the limit', async (store, other) => {
  await several(2, expired, store, other);
  await several(2, unsettled, store, other);
  assert.equal((await other.due(3)).length, 3, 'due: has to give as many as the limit if there are more');
});

const sweepDeletes = contractCase(
  'sweep: no more sessions than the limit, and all of them in the end',
  async (store, other) => {
    await sweepAll(store);
    const ids = await several(5, sweepable, store, other);
    const told = await other.sweep(2);
    assert.equal(await countOf(ids, store), 3, 'sweep: has to delete as many sessions as the limit if there are more');
    assert.ok(
      told >= 2 && told <= 4,
      `sweep: has to tell how many it deleted, 2 sessions and up to 2 notes, and told ${told}`,
    );
    await sweepAll(other);
    assert.equal(await countOf(ids, store), 0, 'sweep: has to delete all that is emptied and past its dueAt');
  },
);

const sweepKeeps = contractCase('sweep: keeps what lives, holds content or is not due', async (store, other) => {
  const kept = dueStates.filter(({ given }) => given !== sweepable);
  for (const { says, given } of kept) {
    const id = await given(store, other);
    const before = await rowOf(store, id);
    await sweepAll(other);
    assert.ok(await store.read(id), `sweep: has to keep a session that ${says}`);
    assert.deepEqual(await rowOf(store, id), before, `sweep: has to leave a session as it is that ${says}`);
  }
});

const sweepNotes = contractCase('sweep: no more expired notes than the limit, and no others', async (store, other) => {
  const living = randomText(100);
  await store.note(living, HOUR);
  // a database that lets go of expired notes by itself may have done so in between: it will not every time
  let told = 0;
  for (let attempt = 0; attempt < 3 && told === 0; attempt += 1) {
    await sweepAll(store);
    for (let count = 0; count < 5; count += 1) await store.note(randomText(100), 0);
    told = await other.sweep(2);
  }
  assert.ok(told > 0, 'sweep: has to delete expired notes, and to count them');
  assert.ok(told <= 2, `sweep: has to delete no more expired notes than the limit, 2, and deleted ${told}`);
  await sweepAll(store);
  assert.equal(await other.noted([living]), true, 'sweep: has to keep a note whose time is not over');
});

export const purge: readonly ContractCase[] = [dueOnes, dueLimit, sweepDeletes, sweepKeeps, sweepNotes];
