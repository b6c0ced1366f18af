import assert from 'node:assert/strict';
import type { BrokerStore } from '../../broker/store.js';
import { contractCase, type ContractCase } from './contract-case.js';
import { assertRow, idsOf, readingOf, rowOf } from './readings.js';
import { HOUR, newSession, randomText, sealedText } from './samples.js';
import { emptied, ended, expired, fresh, held, type State } from './states.js';

/** As long as a session is ever to live: its milliseconds do not fit into 32 bits. */
const TEN_YEARS = 10 * 365 * 24 * HOUR;

const inserting = contractCase('insert: a session of generation 1, held by nobody', async (store, other) => {
  for (const lifetime of [0, HOUR, TEN_YEARS]) {
    const session = newSession({ lifetime });
    const { now } = await readingOf(store, await fresh(store, other));
    await store.insert(session);
    const { id, sealed } = session;
    const row = { id, sealed, generation: 1, lease: '', beat: 0, ended: '', endedAt: null, handedAt: null };
    const dueAt = { fromNow: lifetime };
    assertRow(await readingOf(other, id), { ...row, dueAt }, now, 'insert: the row has to be that of a new session');
  }
});

const insertingAgain = contractCase(
  'insert: fails for an id that is there, and changes nothing',
  async (store, other) => {
    for (const given of [fresh, held, expired, ended(), emptied]) {
      const id = await given(store, other);
      const before = await rowOf(other, id);
      const second = newSession({ id });
      await assert.rejects(store.insert(second), 'insert: has to fail for an id that is there');
      const promise = 'insert: has to leave a session of this id as it is';
      assert.deepEqual(await rowOf(other, id), before, promise);
      assert.deepEqual(await idsOf(other, 'sidKey', second.sidKey, 10), [], promise);
    }
  },
);

/** Every verb that names a session. */
const verbs: Readonly<Record<string, (store: BrokerStore, id: string) => Promise<boolean>>> = {
  lives: (store, id) => store.lives(id),
  take: (store, id) => store.take(id, { generation: 1, lease: '', beat: 0 }, 'lease'),
  beat: (store, id) => store.beat(id, 'lease'),
  commit: (store, id) => store.commit(id, 1, { sealed: sealedText(), lifetime: HOUR, handed: true }),
  stamp: (store, id) => store.stamp(id, 1, true),
  release: (store, id) => store.release(id, 'lease'),
  end: (store, id) => store.end(id, 'logout'),
  empty: (store, id) => store.empty(id),
  postpone: (store, id) => store.postpone(id, HOUR),
};

const absent = contractCase('a session that is not there: every verb misses, and makes none', async (store, other) => {
  for (const [verb, call] of Object.entries(verbs)) {
    const id = randomText(22);
    assert.equal(await call(store, id), false, `${verb}: has to tell false of a session that is not there`);
    assert.equal(await other.read(id), undefined, `${verb}: must not make a session, and read has to tell of none`);
  }
});

const livesStates: readonly { says: string; given: State; lives: boolean }[] = [
  { says: 'new', given: fresh, lives: true },
  { says: 'held', given: held, lives: true },
  { says: 'expired', given: expired, lives: false },
  { says: 'ended', given: ended(), lives: false },
  { says: 'ended and emptied', given: emptied, lives: false },
];

const living = contractCase('lives: there, not ended and not expired', async (store, other) => {
  for (const { says, given, lives } of livesStates) {
    const id = await given(store, other);
    assert.equal(await other.lives(id), lives, `lives: has to tell ${String(lives)} of a session that is ${says}`);
  }
});

const livingByCommit = contractCase('lives: as long as the latest generation says', async (store, other) => {
  const id = await expired(store, other);
  await store.commit(id, 1, { sealed: sealedText(), lifetime: HOUR, handed: true });
  assert.equal(await other.lives(id), true, 'lives: a commit prolongs a session that had expired');
  await store.commit(id, 2, { sealed: sealedText(), lifetime: 0, handed: true });
  assert.equal(await other.lives(id), false, 'lives: a commit with no lifetime lets the session expire at once');
});

export const sessions: readonly ContractCase[] = [inserting, insertingAgain, absent, living, livingByCommit];
