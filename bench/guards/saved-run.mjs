// Runs that are kept, and what has become worse since.
import { availableParallelism, loadavg } from 'node:os';
import { machine } from '../report.mjs';
import { places } from './children.mjs';

const COMPARED = [
  '@nestjs/core',
  'express',
  'fastify',
  '@nestjs/passport',
  'passport-jwt',
  'jwks-rsa',
  'jose',
  'express-oauth2-jwt-bearer',
  'fast-jwt',
];
const ON_NEST_10 = ['nest-keycloak-connect', 'keycloak-connect', '@nestjs/core'];

/** Medians of two runs differ by this much of their value although nothing has changed. */
const WOBBLE = 0.05;

/** Whether the machine has its cores to itself, as far as it can say (Windows cannot, and says 0). */
export function isQuiet() {
  return loadavg()[0] < availableParallelism() / 4;
}

/** @param results name of a part → what it measured */
export function savedRun(workshop, { quick, quiet }, results) {
  const versions = COMPARED.map((name) => `${name} ${workshop.version(name)}`);
  const older = ON_NEST_10.map((name) => `${name} ${workshop.version(name, { nest: 10 })}`);
  return {
    at: new Date().toISOString(),
    machine: machine(),
    pinned: places !== undefined,
    quick,
    quiet,
    versions: `${versions.join(', ')}; ${older.join(' with ')}`.replace(/ with (@nestjs\/core)/, ' on $1'),
    parts: Object.fromEntries(
      Object.entries(results).map(([name, { figures, details }]) => [name, { figures, details }]),
    ),
  };
}

/**
 * Figures by the clock count where the machine was quiet both times.
 *
 * @returns a sentence for each figure of ours that is worse by more than both spreads together and what runs differ by
 */
export function regressions(earlier, now) {
  if (earlier.machine !== now.machine || earlier.quick !== now.quick) {
    console.log(`\nThe runs are not alike: ${earlier.machine}${earlier.quick ? ', quick' : ''}; now ${now.machine}.`);
  }
  const byClock = earlier.quiet && now.quiet;
  if (!byClock) console.log('\nThe machine was not quiet both times: what is measured by the clock is not compared.');
  const compared = (part) => now.parts[part].figures.filter(({ ours, clock }) => ours && (byClock || !clock));
  return Object.keys(now.parts).flatMap((part) =>
    compared(part).flatMap((figure) => {
      const before = earlier.parts[part]?.figures.find(({ name }) => name === figure.name);
      if (!before) return [];
      const lost = figure.better === 'more' ? before.value - figure.value : figure.value - before.value;
      const allowed = before.spread + figure.spread + WOBBLE * before.value;
      return lost > allowed ? [`${part}: ${figure.name}: ${told(before)}, now ${told(figure)}`] : [];
    }),
  );
}

function told({ value, spread }) {
  return `${Number(value.toPrecision(3))} ± ${Number(spread.toPrecision(2))}`;
}
