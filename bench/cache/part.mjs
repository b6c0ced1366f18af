// The cache of verified tokens: its memory, and what it costs where it is of no use.
import { Child } from '../guards/children.mjs';
import { compared, number, ratio, table } from '../report.mjs';

export async function measureCache(workshop, { quick }) {
  const settings = quick
    ? { rounds: 3, milliseconds: 100, fresh: 10_000, sizes: [5_000] }
    : { rounds: 11, milliseconds: 300, fresh: 40_000, sizes: [5_000, 20_000] };
  const worker = await Child.start(workshop.file('cache/worker.mjs'), settings, { flags: ['--expose-gc'] });
  await worker.end();
  const { penalty, bytes } = worker.hello;
  const rows = Object.entries(penalty).map(([algorithm, { off, misses, hits }]) => [
    algorithm,
    number(off.rate),
    ratio(misses),
    ratio(misses.cpu),
    ratio(hits),
  ]);
  const head = [
    'complete verification',
    'cache off /s',
    'cache on, never a hit',
    'the same by CPU time',
    'cache on, always a hit',
  ];
  const memory = Object.entries(bytes).map(([entries, { once, again }]) => [
    Number(entries).toLocaleString('en'),
    `${number(once)} B`,
    `${number(again)} B`,
  ]);
  return {
    markdown: `${table(head, rows)}\n\n${table(['tokens remembered', 'memory of one seen once', 'of one that came again'], memory)}`,
    figures: [
      ...Object.entries(penalty).flatMap(([algorithm, { misses }]) =>
        compared(`${algorithm}, never a hit`, 'no cache', misses, misses.cpu, true),
      ),
      ...Object.entries(bytes).flatMap(([entries, ofOne]) =>
        Object.entries(ofOne).map(([times, value]) => ({
          name: `bytes a token, ${entries} remembered, seen ${times}`,
          value,
          spread: 0,
          better: 'less',
          ours: true,
        })),
      ),
    ],
    details: worker.hello,
  };
}
