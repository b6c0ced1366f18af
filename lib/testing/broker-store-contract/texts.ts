import assert from 'node:assert/strict';
import { contractCase, type ContractCase } from './contract-case.js';
import { idsOf, rowOf } from './readings.js';
import { HOUR, newSession, randomText, sealedText, swapCase } from './samples.js';
import { keysOf, withSequences } from './signing-keys.js';
import { held, HOLDER } from './states.js';
import { statementsCase } from './statements.js';

/** As large as a session's content is allowed to be, in characters. */
const LARGE = 65_536;
/** As large as a signing key's may be. */
const LARGE_KEY = 8192;

const large = contractCase('sealed content of 64 KiB comes back unchanged', async (store, other) => {
  const session = newSession({ sealed: sealedText(LARGE) });
  await store.insert(session);
  const same = async (sealed: string) => (await rowOf(other, session.id)).sealed === sealed;
  assert.ok(await same(session.sealed), 'insert: content of 64 KiB has to come back unchanged');
  const sealed = sealedText(LARGE);
  const committed = await store.commit(session.id, 1, { sealed, lifetime: HOUR, handed: false });
  assert.ok(committed && (await same(sealed)), 'commit: content of 64 KiB has to come back unchanged');
});

const largeKey = contractCase('a signing key of 8 KiB comes back unchanged', (store, other) =>
  withSequences(store, async (sequence) => {
    const sealed = sealedText(LARGE_KEY);
    await store.addKey({ sequence, sealed });
    const same = async (text: string) => (await keysOf(other, sequence)).every((key) => key.sealed === text);
    assert.ok(await same(sealed), 'addKey: content of 8 KiB has to come back unchanged');
    const resealed = sealedText(LARGE_KEY);
    assert.ok(await store.resealKey(sequence, sealed, resealed), 'resealKey: has to compare all of a content of 8 KiB');
    assert.ok(await same(resealed), 'resealKey: content of 8 KiB has to come back unchanged');
  }),
);

const ids = contractCase('ids that differ only by upper and lower case are of two sessions', async (store, other) => {
  const session = newSession();
  const twin = newSession({ id: swapCase(session.id) });
  await store.insert(session);
  const promise = 'ids have to be compared byte by byte, upper and lower case apart';
  assert.equal(await other.read(twin.id), undefined, promise);
  assert.equal(await other.end(twin.id, 'logout'), false, promise);
  await assert.doesNotReject(store.insert(twin), promise);
  assert.equal(await other.end(session.id, 'logout'), true, promise);
  assert.equal((await rowOf(store, session.id)).ended, 'logout', promise);
  assert.equal((await rowOf(store, twin.id)).ended, '', promise);
});

const name = swapCase(HOLDER);
const leases = statementsCase('a lease', 'of other upper and lower case is another', [
  { says: 'take', given: held, when: (store, row) => store.take(row.id, { ...row, lease: name }, randomText(22)) },
  { says: 'beat', given: held, when: (store, row) => store.beat(row.id, name) },
  { says: 'release', given: held, when: (store, row) => store.release(row.id, name) },
  { says: 'end', given: held, when: (store, row) => store.end(row.id, 'refused', { lease: name }) },
]);

const keys = contractCase('keys that differ only by upper and lower case are two', async (store, other) => {
  const session = newSession();
  await store.insert(session);
  for (const by of ['sidKey', 'subKey'] as const) {
    const promise = `idsOf ${by}: keys have to be compared byte by byte, upper and lower case apart`;
    assert.deepEqual(await idsOf(other, by, swapCase(session[by]), 10), [], promise);
    assert.deepEqual(await idsOf(other, by, session[by], 10), [session.id], promise);
  }
  const note = randomText(100);
  await store.note(note, HOUR);
  const promise = 'note: keys have to be compared byte by byte, upper and lower case apart';
  assert.equal(await other.noted([swapCase(note)]), false, promise);
  assert.equal(await other.note(swapCase(note), HOUR), true, promise);
});

export const texts: readonly ContractCase[] = [large, largeKey, ids, leases, keys];
