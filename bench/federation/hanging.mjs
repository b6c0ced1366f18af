// What peers that hang cost the others.
import { number, table } from '../report.mjs';
import { median, medianAndSpread } from '../rounds.mjs';
import { measuredIn } from './worker.mjs';

const TOLD = { none: 'nobody hangs', one: '1 hangs', many: (count) => `${count} hang` };

export async function measureHanging({ peers, silent }, { rounds, milliseconds }) {
  const many = silent.length;
  const measured = await measuredIn('hanging-worker.mjs', { peers, silent, many, rounds, milliseconds });
  const rows = Object.entries(measured).map(([name, { known, first }]) => [
    name === 'many' ? TOLD.many(many) : TOLD[name],
    ...[first, known].flatMap((times) => [
      `${number(median(times.map(({ p50 }) => p50)))} ms`,
      told(medianAndSpread(times.map(({ p99 }) => p99))),
    ]),
  ]);
  const head = [`requests of ${peers.length} others`, 'first token, p50', 'p99', `new tokens, 8 at once, p50`, 'p99'];
  return table(head, rows);
}

function told({ value, spread }) {
  return `${number(value)} ± ${number(spread)} ms`;
}
