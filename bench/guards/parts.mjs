// The parts of the benchmark. Each gives { markdown, figures } and, if it likes, a chart and details to be kept.
import { measureCache } from '../cache/part.mjs';
import { measureVerification } from '../verification/part.mjs';
import { measureGuards } from './guards.mjs';
import { reportGuards } from './guards-report.mjs';

const algorithms = ['RS256', 'ES256', 'EdDSA'];

export const parts = [
  {
    name: 'guards',
    measure: async (workshop, { quick }) => {
      const settings = quick
        ? { algorithms: ['RS256'], rounds: 3, milliseconds: 200, firstly: 600, fresh: 15_000 }
        : { algorithms, rounds: 11, milliseconds: 500, firstly: 2_000, fresh: 120_000 };
      return reportGuards(await measureGuards(workshop, settings));
    },
  },
  { name: 'verification', measure: measureVerification },
  { name: 'cache', measure: measureCache },
];
