import { REMEMBERED, SETTLING, type EndCondition } from '../../broker/store.js';
import type { ContractCase } from './contract-case.js';
import { HOUR } from './samples.js';
import {
  emptied,
  ended,
  expired,
  fresh,
  handed,
  handedAndHeld,
  held,
  HOLDER,
  released,
  SUCCESSOR,
  takenOver,
  type State,
} from './states.js';
import { statementsCase, type Statement } from './statements.js';

/** As long as a reason may be. */
const REASON = 'a-reason-of-32-characters-at-all';
const ends: Statement['changes'] = () => ({ ended: REASON, endedAt: { fromNow: 0 }, dueAt: { fromNow: SETTLING } });

type Ending = readonly [says: string, given: State, only?: EndCondition];

const statementOf = ([says, given, only]: Ending): Statement => ({
  says,
  given,
  when: (store, row) => store.end(row.id, REASON, only),
});

const hits: readonly Ending[] = [
  ['no condition', fresh],
  ['no condition, while held', held],
  ['no condition, expired', expired],
  ['no condition, handed', handed],
  ['a condition that names nothing', held, {}],
  ['a condition that leaves all undefined', held, { generation: undefined, lease: undefined, handed: undefined }],
  ['the generation', fresh, { generation: 1 }],
  ['a later generation', handed, { generation: 2 }],
  ['the lease', held, { lease: HOLDER }],
  ['the lease, taken over', takenOver, { lease: SUCCESSOR }],
  ['the lease, which is free', released, { lease: '' }],
  ['handed', handed, { handed: true }],
  ['all three', handedAndHeld, { generation: 2, lease: HOLDER, handed: true }],
];

const misses: readonly Ending[] = [
  ['an earlier generation', handed, { generation: 1 }],
  ['a generation not there yet', fresh, { generation: 2 }],
  ["another's lease", held, { lease: SUCCESSOR }],
  ['a lease that was taken over', takenOver, { lease: HOLDER }],
  ['a lease that was released', released, { lease: HOLDER }],
  ['a free lease, which is held', held, { lease: '' }],
  ['handed, which it was not', fresh, { handed: true }],
  ['all three, of another generation', handedAndHeld, { generation: 1, lease: HOLDER, handed: true }],
  ['all three, of another lease', handedAndHeld, { generation: 2, lease: SUCCESSOR, handed: true }],
  ['all three, not handed', held, { generation: 1, lease: HOLDER, handed: true }],
];

const again: readonly Ending[] = [
  ['repeated', ended()],
  ['repeated with a condition that holds', ended(handedAndHeld), { generation: 2, lease: HOLDER, handed: true }],
  ['after it was emptied', emptied],
];

const endHits = statementsCase(
  'end',
  'ends the session if all that `only` names holds',
  hits.map((ending) => ({ ...statementOf(ending), changes: ends })),
);
const endMisses = statementsCase(
  'end',
  'nothing, if anything that `only` names does not hold',
  misses.map(statementOf),
);
const endAgain = statementsCase('end', 'nothing, if the session has ended before', again.map(statementOf));

const empties: Statement['changes'] = () => ({ sealed: '', dueAt: { fromNow: REMEMBERED } });

const emptying = statementsCase('empty', 'the content of an ended session is gone', [
  { says: 'ended', given: ended(), when: (store, row) => store.empty(row.id), changes: empties },
  {
    says: 'ended while held',
    given: ended(handedAndHeld),
    when: (store, row) => store.empty(row.id),
    changes: empties,
  },
  { says: 'repeated', given: emptied, when: (store, row) => store.empty(row.id), changes: empties },
  { says: 'not ended', given: held, when: (store, row) => store.empty(row.id) },
  { says: 'expired and not ended', given: expired, when: (store, row) => store.empty(row.id) },
]);

const postponed =
  (delay: number): Statement['changes'] =>
  () => ({ dueAt: { fromNow: delay } });

const postponing = statementsCase('postpone', 'moves the `dueAt` of an ended session', [
  { says: 'ended', given: ended(), when: (store, row) => store.postpone(row.id, HOUR), changes: postponed(HOUR) },
  { says: 'to now', given: ended(held), when: (store, row) => store.postpone(row.id, 0), changes: postponed(0) },
  { says: 'emptied', given: emptied, when: (store, row) => store.postpone(row.id, HOUR), changes: postponed(HOUR) },
  {
    says: 'repeated',
    given: ended(),
    when: async (store, row) => (await store.postpone(row.id, HOUR)) && (await store.postpone(row.id, HOUR)),
    changes: postponed(HOUR),
  },
  { says: 'not ended', given: fresh, when: (store, row) => store.postpone(row.id, HOUR) },
  { says: 'expired and not ended', given: expired, when: (store, row) => store.postpone(row.id, HOUR) },
]);

export const endings: readonly ContractCase[] = [endHits, endMisses, endAgain, emptying, postponing];
