// The parts of the benchmark. Each gives { markdown, figures } and, if it likes, a chart and details to be kept. `when`: whether
// it takes part in a run that is not quick, or only where it is named.
import { measureCache } from '../cache/part.mjs';
import { measureGrowth } from '../growth/part.mjs';
import { measureSoak } from '../soak/part.mjs';
import { measureStart } from '../start/part.mjs';
import { measureVerification } from '../verification/part.mjs';
import { measureGuards } from './guards.mjs';
import { reportGuards } from './guards-report.mjs';

const settingsOf = ({ quick }) =>
  quick
    ? { algorithms: ['RS256'], rounds: 3, milliseconds: 200, firstly: 500, fresh: 15_000 }
    : { algorithms: ['RS256', 'ES256', 'EdDSA'], rounds: 11, milliseconds: 500, firstly: 2_000, fresh: 120_000 };

export const parts = [
  {
    name: 'guards',
    measure: async (workshop, options) => reportGuards(await measureGuards(workshop, settingsOf(options))),
  },
  { name: 'verification', measure: measureVerification },
  { name: 'cache', measure: measureCache },
  { name: 'start', measure: measureStart, when: 'exact' },
  { name: 'growth', measure: measureGrowth, when: 'exact' },
  { name: 'soak', measure: measureSoak, when: 'named' },
];
