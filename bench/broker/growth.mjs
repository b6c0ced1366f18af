// The same operations on stores that grow: they are to cost the same.
import { quantile } from '../rounds.mjs';
import { number, table } from '../report.mjs';
import { idOf, sealed } from './engines.mjs';

const HOUR = 3_600_000;
const OPERATIONS = 400;
/** Rows that are due in the end, and of how many purge works off in a step. */
const DUE = 2_000;
const STEP = 25;

export async function measureGrowth(engines, { sizes }) {
  const rows = [];
  for (const engine of engines) {
    let filled = 0;
    let first;
    for (const size of new Set(sizes.map((one) => Math.min(one, engine.most)))) {
      console.log(`  ${engine.name}: ${size.toLocaleString('en')} sessions`);
      await engine.fill(filled + 1, size);
      filled = size;
      const measured = {
        get: await get(engine, size),
        rotate: await rotate(engine, size),
        purge: await purge(engine, size),
      };
      first ??= measured;
      rows.push([
        `${engine.name}, ${size.toLocaleString('en')}`,
        `${number(measured.get)} ms (${(measured.get / first.get).toFixed(1)} x)`,
        `${number(measured.rotate)} ms (${(measured.rotate / first.rotate).toFixed(1)} x)`,
        `${number(measured.purge)} ms`,
      ]);
    }
  }
  return { markdown: table(['sessions', 'get, median', 'rotate, median', `longest purge step (${STEP} rows)`], rows) };
}

async function get({ store }, size) {
  return median(async () => {
    if (!(await store.read(someId(size)))) throw new Error('a session is missing');
  });
}

async function rotate({ store }, size) {
  return median(
    (id, generation) => store.commit(id, generation, { sealed, lifetime: HOUR, handed: true }),
    async () => {
      for (;;) {
        const { row } = (await store.read(someId(size))) ?? {};
        if (row?.ended === '') return [row.id, row.generation];
      }
    },
  );
}

async function purge({ store, expire, fill }, size) {
  const count = Math.min(DUE, Math.floor(size / 2));
  await expire(size - count + 1, size);
  let longest = 0;
  for (let swept = 1; swept > 0;) {
    const begin = performance.now();
    await store.due(STEP);
    swept = await store.sweep(STEP);
    longest = Math.max(longest, performance.now() - begin);
  }
  await fill(size - count + 1, size);
  return longest;
}

async function median(operation, prepare = async () => []) {
  const times = [];
  for (let count = 0; count < OPERATIONS; count++) {
    const prepared = await prepare();
    const begin = performance.now();
    await operation(...prepared);
    times.push(performance.now() - begin);
  }
  return quantile(times, 0.5);
}

function someId(size) {
  return idOf(1 + Math.floor(Math.random() * size));
}
