import assert from 'node:assert/strict';
import type { BrokerStore } from '../../broker/store.js';
import { contractCase, type ContractCase } from './contract-case.js';
import { idsOf } from './readings.js';
import { newSession, randomText } from './samples.js';

type Column = 'sidKey' | 'subKey';
const columns: readonly Column[] = ['sidKey', 'subKey'];

async function insertedWith(store: BrokerStore, by: Column, key: string, lifetime?: number): Promise<string> {
  const session = newSession({ [by]: key, ...(lifetime !== undefined && { lifetime }) });
  await store.insert(session);
  return session.id;
}

const finding = contractCase('idsOf: the sessions that carry the key and have not ended', async (store, other) => {
  for (const by of columns) {
    const key = randomText(43);
    assert.deepEqual(
      await idsOf(store, by, key, 100),
      [],
      `idsOf ${by}: has to give nothing for a key that nobody carries`,
    );
    const living = [await insertedWith(store, by, key), await insertedWith(other, by, key)];
    const expired = await insertedWith(store, by, key, 0);
    const ended = await insertedWith(store, by, key);
    await store.end(ended, 'logout');
    await insertedWith(store, by === 'sidKey' ? 'subKey' : 'sidKey', key);
    const found = await idsOf(other, by, key, 100);
    assert.ok(!found.includes(ended), `idsOf ${by}: has to leave out what has ended`);
    assert.ok(found.includes(expired), `idsOf ${by}: has to give what has expired and not ended`);
    assert.deepEqual(
      found.sort(),
      [...living, expired].sort(),
      `idsOf ${by}: has to give all that carry this key there`,
    );
  }
});

const limiting = contractCase(
  'idsOf: no more than the limit, and none of it spent on ended ones',
  async (store, other) => {
    for (const by of columns) {
      const key = randomText(43);
      const ids: string[] = [];
      for (let count = 0; count < 6; count += 1) ids.push(await insertedWith(store, by, key));
      for (const id of ids.slice(0, 3)) await store.end(id, 'logout');
      const few = await idsOf(other, by, key, 2);
      assert.equal(new Set(few).size, 2, `idsOf ${by}: has to give as many as the limit if there are more`);
      assert.equal(few.length, 2, `idsOf ${by}: has to give no more than the limit`);
      const promise = `idsOf ${by}: ended sessions must not use up the limit`;
      assert.deepEqual((await idsOf(other, by, key, 3)).sort(), ids.slice(3).sort(), promise);
    }
  },
);

export const sessionKeys: readonly ContractCase[] = [finding, limiting];
