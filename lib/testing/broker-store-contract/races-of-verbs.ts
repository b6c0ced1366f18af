import assert from 'node:assert/strict';
import type { BrokerStore, SessionRow } from '../../broker/store.js';
import { raceCase, type ContractCase } from './contract-case.js';
import { race, winnerOf } from './race.js';
import { rowOf } from './readings.js';
import { HOUR, sealedText } from './samples.js';
import { handed, held, HOLDER, SUCCESSOR, type State } from './states.js';

type Contender = (store: BrokerStore, row: SessionRow) => Promise<boolean>;

const sealed = sealedText();
const take: Contender = (store, row) => store.take(row.id, row, SUCCESSOR);
const commit: Contender = (store, { id, generation }) =>
  store.commit(id, generation, { sealed, lifetime: HOUR, handed: true });
const end: Contender = (store, { id }) => store.end(id, 'logout');

/** Two verbs of which each takes away what the other needs. */
function rivals(names: string, given: State, first: Contender, second: Contender): ContractCase {
  return raceCase(`${names}, at once: exactly one of them`, async (views, round) => {
    const row = await rowOf(views[0], await given(views[0], views[0]));
    const contenders = [first, second].map((contender) => (store: BrokerStore) => contender(store, row));
    winnerOf(contenders, await race(views, round, contenders), `${names}, at once`);
  });
}

const endAndCommit = raceCase(
  'end and commit, at once: ended, and the generation as commit told',
  async (views, round) => {
    const before = await rowOf(views[0], await held(views[0], views[0]));
    const contenders = [end, commit].map((contender) => (store: BrokerStore) => contender(store, before));
    const [ended, committed] = await race(views, round, contenders);
    const row = await rowOf(views[0], before.id);
    assert.equal(ended, true, 'end and commit, at once: no commit keeps an end without conditions from ending');
    assert.equal(row.ended, 'logout', 'end and commit, at once: an ended session must not come back');
    const told = committed ? [2, sealed] : [1, before.sealed];
    assert.deepEqual([row.generation, row.sealed], told, 'end and commit, at once: commit has to change what it told');
  },
);

const endAndTake = raceCase('end and take, at once: ended, and the lease as take told', async (views, round) => {
  const before = await rowOf(views[0], await held(views[0], views[0]));
  const contenders = [end, take].map((contender) => (store: BrokerStore) => contender(store, before));
  const [ended, taken] = await race(views, round, contenders);
  const row = await rowOf(views[0], before.id);
  assert.deepEqual(
    [ended, row.ended],
    [true, 'logout'],
    'end and take, at once: no taking keeps a session from ending',
  );
  assert.equal(row.lease, taken ? SUCCESSOR : HOLDER, 'end and take, at once: take has to change what it told');
});

const commitAndTake = raceCase('commit and take, at once: the next generation is free', async (views, round) => {
  const before = await rowOf(views[0], await held(views[0], views[0]));
  const contenders = [commit, take].map((contender) => (store: BrokerStore) => contender(store, before));
  const [committed] = await race(views, round, contenders);
  const row = await rowOf(views[0], before.id);
  assert.equal(committed, true, 'commit and take, at once: a commit has to hit whoever holds the lease');
  assert.deepEqual(
    [row.generation, row.lease],
    [2, ''],
    'commit and take, at once: the next generation has to be free',
  );
});

export const racesOfVerbs: readonly ContractCase[] = [
  endAndCommit,
  endAndTake,
  commitAndTake,
  rivals(
    'end of a generation and its commit',
    held,
    (store, { id }) => store.end(id, 'reuse', { generation: 1 }),
    commit,
  ),
  rivals(
    'end by the holder and take from it',
    held,
    (store, { id }) => store.end(id, 'refused', { lease: HOLDER }),
    take,
  ),
  rivals('release and take of the same lease', held, (store, { id }) => store.release(id, HOLDER), take),
  rivals(
    'end of what was handed and stamp to nothing',
    handed,
    (store, { id }) => store.end(id, 'reuse', { handed: true }),
    (store, { id }) => store.stamp(id, 2, false),
  ),
];
