import type { ContractCase } from './contract-case.js';
import {
  ended,
  expired,
  fresh,
  handed,
  held,
  heldAndExpired,
  HOLDER,
  released,
  SUCCESSOR,
  takenOver,
} from './states.js';
import { statementsCase, type Statement } from './statements.js';

const NAME = 'aNewNameForTheTaking01';
const takes: Statement['changes'] = ({ beat }) => ({ lease: NAME, beat: beat + 1 });
const beats: Statement['changes'] = ({ beat }) => ({ beat: beat + 1 });
const frees: Statement['changes'] = () => ({ lease: '' });

const takeHits = statementsCase('take', 'the lease of a generation, if all is as seen', [
  { says: 'a free lease', given: fresh, when: (store, row) => store.take(row.id, row, NAME), changes: takes },
  { says: 'a held lease', given: held, when: (store, row) => store.take(row.id, row, NAME), changes: takes },
  { says: 'a released lease', given: released, when: (store, row) => store.take(row.id, row, NAME), changes: takes },
  { says: 'a later generation', given: handed, when: (store, row) => store.take(row.id, row, NAME), changes: takes },
  { says: 'an expired session', given: expired, when: (store, row) => store.take(row.id, row, NAME), changes: takes },
  {
    says: 'a lease of this very name',
    given: held,
    when: (store, row) => store.take(row.id, row, HOLDER),
    changes: beats,
  },
]);

const takeMisses = statementsCase('take', 'nothing, if anything is another than seen', [
  {
    says: 'an earlier generation seen',
    given: handed,
    when: (store, row) => store.take(row.id, { ...row, generation: row.generation - 1 }, NAME),
  },
  {
    says: 'a later generation seen',
    given: fresh,
    when: (store, row) => store.take(row.id, { ...row, generation: row.generation + 1 }, NAME),
  },
  {
    says: 'seen held, and free',
    given: fresh,
    when: (store, row) => store.take(row.id, { ...row, lease: HOLDER }, NAME),
  },
  { says: 'seen free, and held', given: held, when: (store, row) => store.take(row.id, { ...row, lease: '' }, NAME) },
  {
    says: 'seen held by a former holder',
    given: takenOver,
    when: (store, row) => store.take(row.id, { ...row, lease: HOLDER }, NAME),
  },
  {
    says: 'an earlier beat seen',
    given: held,
    when: (store, row) => store.take(row.id, { ...row, beat: row.beat - 1 }, NAME),
  },
  {
    says: 'a later beat seen',
    given: held,
    when: (store, row) => store.take(row.id, { ...row, beat: row.beat + 1 }, NAME),
  },
  { says: 'an ended session', given: ended(), when: (store, row) => store.take(row.id, row, NAME) },
  { says: 'a session that ended while held', given: ended(held), when: (store, row) => store.take(row.id, row, NAME) },
]);

const takeLate = statementsCase('take', 'nothing, if it is repeated or arrives late', [
  {
    says: 'repeated',
    given: held,
    when: (store, row) => store.take(row.id, { generation: 1, lease: '', beat: 0 }, HOLDER),
  },
  {
    says: 'after a newer taking',
    given: takenOver,
    when: (store, row) => store.take(row.id, { generation: 1, lease: '', beat: 0 }, NAME),
  },
  {
    says: 'after another has taken and released it',
    given: released,
    when: (store, row) => store.take(row.id, { generation: 1, lease: '', beat: 0 }, NAME),
  },
]);

const beating = statementsCase('beat', 'counts one up while the lease is named so', [
  { says: 'by the holder', given: held, when: (store, row) => store.beat(row.id, HOLDER), changes: beats },
  {
    says: 'by who took it over',
    given: takenOver,
    when: (store, row) => store.beat(row.id, SUCCESSOR),
    changes: beats,
  },
  {
    says: 'of an expired session',
    given: heldAndExpired,
    when: (store, row) => store.beat(row.id, HOLDER),
    changes: beats,
  },
  { says: 'of an ended session', given: ended(held), when: (store, row) => store.beat(row.id, HOLDER), changes: beats },
  { says: 'by another', given: held, when: (store, row) => store.beat(row.id, SUCCESSOR) },
  { says: 'by a former holder', given: takenOver, when: (store, row) => store.beat(row.id, HOLDER) },
  { says: 'after the release', given: released, when: (store, row) => store.beat(row.id, HOLDER) },
  { says: 'after the commit', given: handed, when: (store, row) => store.beat(row.id, HOLDER) },
]);

const releasing = statementsCase('release', 'frees the lease while it is named so', [
  { says: 'by the holder', given: held, when: (store, row) => store.release(row.id, HOLDER), changes: frees },
  {
    says: 'by who took it over',
    given: takenOver,
    when: (store, row) => store.release(row.id, SUCCESSOR),
    changes: frees,
  },
  {
    says: 'of an expired session',
    given: heldAndExpired,
    when: (store, row) => store.release(row.id, HOLDER),
    changes: frees,
  },
  {
    says: 'of an ended session',
    given: ended(held),
    when: (store, row) => store.release(row.id, HOLDER),
    changes: frees,
  },
  { says: 'by another', given: held, when: (store, row) => store.release(row.id, SUCCESSOR) },
  { says: 'by a former holder', given: takenOver, when: (store, row) => store.release(row.id, HOLDER) },
  { says: 'repeated', given: released, when: (store, row) => store.release(row.id, HOLDER) },
]);

export const leases: readonly ContractCase[] = [takeHits, takeMisses, takeLate, beating, releasing];
