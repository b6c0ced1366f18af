// Runs that are kept, and what has become worse since.
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

/** @param results name of a part → what it measured */
export function savedRun(workshop, { quick }, results) {
  const versions = COMPARED.map((name) => `${name} ${workshop.version(name)}`);
  const older = ON_NEST_10.map((name) => `${name} ${workshop.version(name, { nest: 10 })}`);
  return {
    at: new Date().toISOString(),
    machine: machine(),
    pinned: places !== undefined,
    quick,
    versions: `${versions.join(', ')}; ${older.join(' with ')}`.replace(/ with (@nestjs\/core)/, ' on $1'),
    parts: Object.fromEntries(
      Object.entries(results).map(([name, { figures, details }]) => [name, { figures, details }]),
    ),
  };
}

/**
 * @returns a sentence for each figure of ours that is worse by more than both spreads together and what runs differ by
 */
export function regressions(earlier, now) {
  if (earlier.machine !== now.machine || earlier.quick !== now.quick) {
    console.log(`\nThe runs are not alike: ${earlier.machine}${earlier.quick ? ', quick' : ''}; now ${now.machine}.`);
  }
  return Object.entries(now.parts).flatMap(([part, { figures }]) =>
    figures
      .filter(({ ours }) => ours)
      .flatMap((figure) => {
        const before = earlier.parts[part]?.figures.find(({ name }) => name === figure.name);
        if (!before) return [];
        const lost = figure.better === 'more' ? before.value - figure.value : figure.value - before.value;
        const allowed = before.spread + figure.spread + WOBBLE * before.value;
        if (lost <= allowed) return [];
        return [`${part}: ${figure.name}: ${told(before)}, now ${told(figure)}`];
      }),
  );
}

function told({ value, spread }) {
  return `${Number(value.toPrecision(3))} ± ${Number(spread.toPrecision(2))}`;
}
