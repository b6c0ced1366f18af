// From nothing to the first answer: a bare application, and the same one with this package.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../guards/children.mjs';
import { number, table } from '../report.mjs';
import { median, medianAndSpread } from '../rounds.mjs';

const KINDS = ['bare', 'pass-through', 'broker, memory', 'broker, SQLite'];
const MIB = 2 ** 20;

export async function measureStart(workshop, { quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const started = Object.fromEntries(KINDS.map((kind) => [kind, []]));
  try {
    // The first of each reads the files from the disk, and makes the database.
    for (let round = -1; round < (quick ? 3 : 15); round++) {
      for (let turn = 0; turn < KINDS.length; turn++) {
        const kind = KINDS[(turn + round + 1) % KINDS.length];
        const worker = await Child.start(workshop.file('start/worker.mjs'), { kind, folder });
        await worker.end();
        if (round >= 0) started[kind].push(worker.hello);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return report(started);
}

function report(started) {
  const of = (kind, what) => started[kind].map((one) => one[what]);
  const more = (kind, what, unit = 1) =>
    medianAndSpread(of(kind, what).map((value, round) => (value - of('bare', what)[round]) / unit));
  const told = ({ value, spread }, unit) =>
    `${value < 0 ? '−' : '+'}${number(Math.abs(value))} ± ${number(spread)} ${unit}`;
  const measured = KINDS.map((kind) => ({
    kind,
    milliseconds: median(of(kind, 'milliseconds')),
    memory: median(of(kind, 'memory')) / MIB,
    later: more(kind, 'milliseconds'),
    larger: more(kind, 'memory', MIB),
  }));
  const rows = measured.map(({ kind, milliseconds, memory, later, larger }) => [
    kind,
    `${number(milliseconds)} ms`,
    kind === 'bare' ? '' : told(later, 'ms'),
    `${number(memory)} MiB`,
    kind === 'bare' ? '' : told(larger, 'MiB'),
  ]);
  return {
    markdown: table(['NestJS 12 on Express', 'first answer after', 'over bare', 'memory', 'over bare'], rows),
    figures: measured
      .filter(({ kind }) => kind !== 'bare')
      .flatMap(({ kind, later, larger }) => [
        { name: `${kind}: first answer, ms over bare`, ...later, better: 'less', ours: true, clock: true },
        { name: `${kind}: memory, MiB over bare`, ...larger, better: 'less', ours: true },
      ]),
    details: measured,
  };
}
