// SQLite runs on the event loop: how long it holds the loop while sessions are rotated, and how large its log becomes.
import { statSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { number, table } from '../report.mjs';
import { idOf, sealed } from './engines.mjs';

const HOUR = 3_600_000;
const SESSIONS = 1_000;
const LANES = 16;
/** Of the histogram, which is subtracted, in milliseconds. */
const RESOLUTION = 1;

export async function measureStalls(engines, { milliseconds }) {
  const { store, raw, file } = engines.find(({ name }) => name === 'SQLite');
  const sessions = Array.from({ length: SESSIONS }, (_, at) => ({ id: `s${idOf(at).slice(1)}`, generation: 1 }));
  for (const { id } of sessions) await raw.insert(id, sealed);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  const end = performance.now() + milliseconds;
  let count = 0;
  let log = 0;
  const lane = async (number) => {
    for (let at = number; performance.now() < end; at = (at + LANES) % SESSIONS) {
      const session = sessions[at];
      await store.commit(session.id, session.generation++, { sealed, lifetime: HOUR, handed: true });
      if (++count % 100 === 0) log = Math.max(log, statSync(`${file}-wal`).size);
    }
  };
  delay.enable();
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  delay.disable();
  const told = (nanoseconds) => `${number(Math.max(0, nanoseconds / 1e6 - RESOLUTION))} ms`;
  const row = [number((count * 1_000) / milliseconds), ...[50, 99, 99.9].map((part) => told(delay.percentile(part)))];
  return {
    markdown: table(
      ['SQLite, rotate /s, 16 at once', 'loop held, p50', 'p99', 'p99.9', 'longest', 'log, at most'],
      [[...row, told(delay.max), `${number(log / 2 ** 20)} MiB`]],
    ),
  };
}
