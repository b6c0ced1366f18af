import assert from 'node:assert/strict';
import type { BrokerStore } from '../../broker/store.js';
import { raceCase, type ContractCase } from './contract-case.js';
import { sweepAll } from './purge.js';
import { race, winnerOf } from './race.js';
import { HOUR, randomText, sealedText } from './samples.js';
import { keysOf, withSequences } from './signing-keys.js';
import { sweepable } from './states.js';

/** How many try the same at once. */
const CROWD = 8;

const contentsOf = () => Array.from({ length: CROWD }, () => sealedText());

/** Many notes of a key that nobody has noted, or nobody any more. */
const notes = (which: string, before: (store: BrokerStore, key: string) => Promise<unknown>) =>
  raceCase(`note, at once: exactly one notes ${which}`, async (views, round) => {
    const key = randomText(43);
    await before(views[0], key);
    const contenders = Array.from({ length: CROWD }, () => (store: BrokerStore) => store.note(key, HOUR));
    winnerOf(contenders, await race(views, round, contenders), `note, at once, of ${which}`);
    assert.equal(await views[0].noted([key]), true, 'note, at once: the key has to be noted');
  });

const adds = raceCase('addKey, at once: exactly one has the number', async (views, round) => {
  await withSequences(views[0], async (sequence) => {
    const contents = contentsOf();
    const told = await race(
      views,
      round,
      contents.map((sealed) => (store) => store.addKey({ sequence, sealed })),
    );
    const sealed = winnerOf(contents, told, 'addKey, at once');
    const promise = 'addKey, at once: the key has to be the one that won';
    assert.deepEqual(await keysOf(views[0], sequence), [{ sequence, sealed }], promise);
  });
});

const reseals = raceCase('resealKey, at once: exactly one replaces the content', async (views, round) => {
  await withSequences(views[0], async (sequence) => {
    const from = sealedText();
    await views[0].addKey({ sequence, sealed: from });
    const contents = contentsOf();
    const told = await race(
      views,
      round,
      contents.map((to) => (store) => store.resealKey(sequence, from, to)),
    );
    const sealed = winnerOf(contents, told, 'resealKey, at once');
    const promise = 'resealKey, at once: the content has to be the one that won';
    assert.deepEqual(await keysOf(views[0], sequence), [{ sequence, sealed }], promise);
  });
});

const sweeps = raceCase('sweep, at once with other verbs: none of them fails', async (views, round) => {
  const ids = [await sweepable(views[0], views[0]), await sweepable(views[0], views[0])];
  const sweep = async (store: BrokerStore) => (await store.sweep(100)) >= 0;
  const postpone = (id: string) => (store: BrokerStore) => store.postpone(id, 0);
  await race(views, round, [sweep, ...ids.map(postpone), sweep, (store) => store.note(randomText(43), 0), sweep]);
  await sweepAll(views[0]);
  for (const id of ids)
    assert.equal(await views[0].read(id), undefined, 'sweep, at once: all has to be deleted in the end');
});

export const racesOfKeys: readonly ContractCase[] = [
  notes('a key that nobody has noted', async () => undefined),
  notes('a key whose time is over', (store, key) => store.note(key, 0)),
  adds,
  reseals,
  sweeps,
];
