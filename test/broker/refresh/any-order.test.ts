import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { History } from './history.js';
import { DESPITE_LOST_WRITES, INVARIANTS, WITHOUT_FAULTS } from './invariants.js';
import { anything, nothingFails, writesAreLost, type Scenario } from './scenario.js';

/** More, and other, runs: `REFRESH_RUNS=10000 REFRESH_SEED=7 npm test -- any-order`. */
const { REFRESH_RUNS = '500', REFRESH_SEED = '20260729' } = process.env;
const options = { numRuns: Number(REFRESH_RUNS), seed: Number(REFRESH_SEED) };
const TIME = 60_000 + 100 * options.numRuns;

async function objections(scenario: Scenario, invariants: typeof INVARIANTS): Promise<string[]> {
  const history = await History.of(scenario);
  return Object.entries(invariants).flatMap(([invariant, objectionsTo]) =>
    objectionsTo(history).map((objection) => `${invariant}: ${objection}`),
  );
}

test(
  'whatever happens, in any order, the promises of the refresh protocol hold',
  () =>
    fc.assert(
      fc.asyncProperty(anything, async (scenario) => {
        expect(await objections(scenario, INVARIANTS)).toEqual([]);
      }),
      options,
    ),
  TIME,
);

test(
  'where nothing fails nobody is logged out or refused',
  () =>
    fc.assert(
      fc.asyncProperty(nothingFails, async (scenario) => {
        expect(await objections(scenario, { ...INVARIANTS, ...WITHOUT_FAULTS })).toEqual([]);
      }),
      options,
    ),
  TIME,
);

test(
  'where the database loses what it had acknowledged nobody gets what is not theirs, and nobody waits forever',
  () =>
    fc.assert(
      fc.asyncProperty(writesAreLost, async (scenario) => {
        expect(await objections(scenario, DESPITE_LOST_WRITES)).toEqual([]);
      }),
      options,
    ),
  TIME,
);
