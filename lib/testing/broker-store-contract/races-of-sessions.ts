import assert from 'node:assert/strict';
import type { BrokerStore, NewSession } from '../../broker/store.js';
import { raceCase, type ContractCase } from './contract-case.js';
import { race, winnerOf } from './race.js';
import { rowOf } from './readings.js';
import { HOUR, newSession, randomText, sealedText } from './samples.js';
import { fresh, held, HOLDER, takenOver, type State } from './states.js';

/** How many try the same at once. */
const CROWD = 8;

const crowd = <Contender>(make: () => Contender): Contender[] => Array.from({ length: CROWD }, make);

/** Many takings of what all have seen. */
const takes = (what: string, given: State) =>
  raceCase(`take, at once: exactly one gets ${what}`, async (views, round) => {
    const id = await given(views[0], views[0]);
    const row = await rowOf(views[0], id);
    const names = crowd(() => randomText(22));
    const told = await race(
      views,
      round,
      names.map((name) => (store) => store.take(id, row, name)),
    );
    const lease = winnerOf(names, told, 'take, at once');
    const promise = 'take, at once: the row has to be as the winner left it';
    assert.deepEqual(await rowOf(views[0], id), { ...row, lease, beat: row.beat + 1 }, promise);
  });

const commits = raceCase('commit, at once: exactly one generation follows', async (views, round) => {
  const id = await held(views[0], views[0]);
  const contents = crowd(() => sealedText());
  const commit = (sealed: string) => (store: BrokerStore) =>
    store.commit(id, 1, { sealed, lifetime: HOUR, handed: true });
  const told = await race(views, round, contents.map(commit));
  const won = winnerOf(contents, told, 'commit, at once');
  const { generation, sealed } = await rowOf(views[0], id);
  assert.deepEqual([generation, sealed], [2, won], 'commit, at once: the row has to be as the winner left it');
});

const inserts = raceCase('insert, at once: exactly one session of this id is there', async (views, round) => {
  const { id } = newSession();
  const sessions = crowd(() => newSession({ id }));
  const insert = (session: NewSession) => (store: BrokerStore) =>
    store.insert(session).then(
      () => true,
      () => false,
    );
  const told = await race(views, round, sessions.map(insert));
  const won = winnerOf(sessions, told, 'insert, at once');
  assert.equal(
    (await rowOf(views[0], id)).sealed,
    won.sealed,
    'insert, at once: the row has to be as the winner left it',
  );
});

const ends = raceCase('end, at once: exactly one has ended it', async (views, round) => {
  const id = await fresh(views[0], views[0]);
  const reasons = crowd(() => randomText(32));
  const told = await race(
    views,
    round,
    reasons.map((reason) => (store) => store.end(id, reason)),
  );
  const won = winnerOf(reasons, told, 'end, at once');
  assert.equal((await rowOf(views[0], id)).ended, won, 'end, at once: the reason has to be the one that won');
});

const beats = raceCase('beat, at once: all are counted', async (views, round) => {
  const id = await held(views[0], views[0]);
  const told = await race(
    views,
    round,
    crowd(() => (store: BrokerStore) => store.beat(id, HOLDER)),
  );
  assert.deepEqual(
    told,
    crowd(() => true),
    'beat, at once: has to tell true every time',
  );
  const { beat } = await rowOf(views[0], id);
  assert.equal(beat, 1 + CROWD, 'beat, at once: each has to count one up, and none must be lost');
});

const columns = raceCase('changes of different columns, at once: none is lost', async (views, round) => {
  const id = await takenOver(views[0], views[0]);
  const { beat, lease } = await rowOf(views[0], id);
  const told = await race(views, round, [
    (store) => store.beat(id, lease),
    (store) => store.stamp(id, 1, true),
    (store) => store.beat(id, lease),
    (store) => store.end(id, 'logout', { generation: 1, lease }),
    (store) => store.beat(id, lease),
  ]);
  const row = await rowOf(views[0], id);
  assert.equal(row.beat, beat + 3, 'beat and other verbs, at once: no beat must be lost');
  assert.equal(row.ended, 'logout', 'end and other verbs, at once: the end must not be lost');
  assert.equal(
    row.handedAt !== null,
    told[1],
    'stamp and other verbs, at once: has to change what it told, and only that',
  );
});

export const racesOfSessions: readonly ContractCase[] = [
  takes('a free lease', fresh),
  takes('a held lease', takenOver),
  commits,
  inserts,
  ends,
  beats,
  columns,
];
