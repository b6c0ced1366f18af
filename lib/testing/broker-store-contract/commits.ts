import type { NextGeneration } from '../../broker/store.js';
import type { ContractCase } from './contract-case.js';
import { HOUR, sealedText } from './samples.js';
import { ended, expired, fresh, handed, handedAndHeld, handedEarlier, held, takenOver } from './states.js';
import { statementsCase, type Statement } from './statements.js';

const next: NextGeneration = { sealed: sealedText(), lifetime: 2 * HOUR, handed: true };
const toNobody: NextGeneration = { ...next, handed: false };

const commits: Statement['changes'] = ({ generation }) => ({
  generation: generation + 1,
  sealed: next.sealed,
  dueAt: { fromNow: next.lifetime },
  lease: '',
  handedAt: { fromNow: 0 },
});
const commitsToNobody: Statement['changes'] = (row) => ({ ...commits(row), handedAt: null });

const commitHits = statementsCase('commit', 'the next generation, whoever holds the lease', [
  { says: 'while held', given: held, when: (store, row) => store.commit(row.id, 1, next), changes: commits },
  { says: 'while free', given: fresh, when: (store, row) => store.commit(row.id, 1, next), changes: commits },
  {
    says: 'by a holder who was robbed',
    given: takenOver,
    when: (store, row) => store.commit(row.id, 1, next),
    changes: commits,
  },
  {
    says: 'of an expired session',
    given: expired,
    when: (store, row) => store.commit(row.id, 1, next),
    changes: commits,
  },
  { says: 'handed again', given: handedEarlier, when: (store, row) => store.commit(row.id, 2, next), changes: commits },
  {
    says: 'handed to nobody',
    given: handed,
    when: (store, row) => store.commit(row.id, 2, toNobody),
    changes: commitsToNobody,
  },
  {
    says: 'never handed to anybody',
    given: fresh,
    when: (store, row) => store.commit(row.id, 1, toNobody),
    changes: commitsToNobody,
  },
]);

const commitMisses = statementsCase('commit', 'nothing, if the generation is another or the session has ended', [
  { says: 'repeated', given: handed, when: (store, row) => store.commit(row.id, 1, next) },
  { says: 'of an earlier generation', given: handedAndHeld, when: (store, row) => store.commit(row.id, 1, next) },
  { says: 'of a later generation', given: held, when: (store, row) => store.commit(row.id, 2, next) },
  { says: 'of an ended session', given: ended(), when: (store, row) => store.commit(row.id, 1, next) },
  {
    says: 'of a session that ended while held',
    given: ended(held),
    when: (store, row) => store.commit(row.id, 1, next),
  },
]);

const stamping = statementsCase('stamp', '`handedAt` of this generation is now or nothing', [
  {
    says: 'handed',
    given: fresh,
    when: (store, row) => store.stamp(row.id, 1, true),
    changes: () => ({ handedAt: { fromNow: 0 } }),
  },
  {
    says: 'handed anew',
    given: handedEarlier,
    when: (store, row) => store.stamp(row.id, 2, true),
    changes: () => ({ handedAt: { fromNow: 0 } }),
  },
  {
    says: 'not handed after all',
    given: handed,
    when: (store, row) => store.stamp(row.id, 2, false),
    changes: () => ({ handedAt: null }),
  },
  {
    says: 'with nothing new to write',
    given: fresh,
    when: (store, row) => store.stamp(row.id, 1, false),
    changes: () => ({}),
  },
  {
    says: 'while held',
    given: handedAndHeld,
    when: (store, row) => store.stamp(row.id, 2, true),
    changes: () => ({ handedAt: { fromNow: 0 } }),
  },
  { says: 'of an earlier generation', given: handed, when: (store, row) => store.stamp(row.id, 1, false) },
  { says: 'of a later generation', given: fresh, when: (store, row) => store.stamp(row.id, 2, true) },
  { says: 'of an ended session', given: ended(), when: (store, row) => store.stamp(row.id, 1, true) },
  {
    says: 'to nothing, of an ended session',
    given: ended(handed),
    when: (store, row) => store.stamp(row.id, 2, false),
  },
]);

export const commitsAndStamps: readonly ContractCase[] = [commitHits, commitMisses, stamping];
