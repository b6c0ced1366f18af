import assert from 'node:assert/strict';
import type { BrokerStore, SessionRow } from '../../broker/store.js';
import { contractCase, type ContractCase } from './contract-case.js';
import { assertRow, readingOf, type ExpectedRow } from './readings.js';
import type { State } from './states.js';

/** One call of a verb that changes a session if its conditions hold. */
export interface Statement {
  /** In words, what is special about it. */
  says: string;
  given: State;
  /** @param row the session as it stands */
  when: (store: BrokerStore, row: SessionRow) => Promise<boolean>;
  /** What is another than before; without it, the verb has to miss. */
  changes?: (row: SessionRow) => Partial<ExpectedRow>;
}

/** Every statement on a session of its own: what it tells, what it changes, and that it changes nothing else. */
export function statementsCase(verb: string, promise: string, statements: readonly Statement[]): ContractCase {
  return contractCase(`${verb}: ${promise}`, async (store, other) => {
    for (const statement of statements) await assertStatement(verb, statement, store, other);
  });
}

async function assertStatement(
  verb: string,
  { says, given, when, changes }: Statement,
  store: BrokerStore,
  other: BrokerStore,
): Promise<void> {
  const id = await given(store, other);
  const before = await readingOf(other, id);
  const told = await when(store, before.row);
  const after = await readingOf(other, id);
  const promise = `${verb}, ${says}`;
  assert.equal(told, changes !== undefined, `${promise}: has to tell ${changes ? 'true' : 'false'}`);
  assertRow(
    after,
    { ...before.row, ...changes?.(before.row) },
    before.now,
    `${promise}: has to change ${changes ? 'what it says and nothing else' : 'nothing'}`,
  );
}
