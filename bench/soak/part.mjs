// Everything at once for ten minutes: two processes, one PostgreSQL, a provider. Memory is to stay, nobody is to be refused.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root } from '../../scripts/run.mjs';
import { Child } from '../guards/children.mjs';
import { number, table } from '../report.mjs';
import { median } from '../rounds.mjs';

const MIB = 2 ** 20;
const VERBS = ['verify', 'refresh', 'log-in', 'log-out'];

export async function measureSoak(workshop, { quick }) {
  const [intervals, seconds] = quick ? [5, 6] : [10, 60];
  const database = await startPostgres();
  const children = [];
  const start = async (file, settings) => {
    const child = await Child.start(workshop.file(file), settings, { flags: ['--expose-gc'] });
    children.push(child);
    return child;
  };
  try {
    const { issuer } = (await start('soak/provider.mjs')).hello;
    const settings = {
      issuer,
      store: database.url,
      encryptionKey: 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=',
      baseUrl: 'http://127.0.0.1:3000',
    };
    const hosts = [await start('soak/host.mjs', settings), await start('soak/host.mjs', settings)];
    const load = await start('soak/load.mjs', { origins: hosts.map(({ hello }) => hello.origin) });
    const measured = [];
    for (let interval = 1; interval <= intervals; interval++) {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      const answered = await load.ask(interval === intervals ? 'end' : 'report');
      const states = [];
      for (const host of hosts) states.push(await host.ask('state'));
      const failures = states.flatMap((state) => state.failures);
      measured.push({
        ...answered,
        failures,
        memory: states.map(({ memory }) => memory),
        heap: states.map(({ heap }) => heap),
      });
      console.log(`  ${interval} of ${intervals}: ${answered.errors} errors, ${failures.length} failures`);
      for (const told of [...answered.first, ...failures.map((failure) => JSON.stringify(failure))])
        console.log(`    ${told}`);
    }
    for (const host of hosts) await host.ask('end');
    return report(measured, seconds);
  } finally {
    for (const child of children) await child.end();
    database.server.kill('SIGTERM');
  }
}

async function startPostgres() {
  const server = spawn(process.execPath, [`${root}scripts/postgres.mjs`], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => server.kill('SIGTERM'));
  const url = await new Promise((resolve, reject) => {
    createInterface(server.stdout).on('line', (line) => line.startsWith('postgres://') && resolve(line));
    server.once('exit', () => reject(new Error('PostgreSQL did not start.')));
  });
  return { server, url };
}

function report(measured, seconds) {
  const milliseconds = (value) => (value === undefined ? '' : `${number(value)} ms`);
  const rows = measured.map(({ verbs, errors, failures, memory, heap }, at) => [
    `${(at + 1) * seconds} s`,
    number(Object.values(verbs).reduce((sum, { count }) => sum + count, 0) / seconds),
    String(errors + failures.length),
    milliseconds(verbs.verify?.p50),
    ...VERBS.map((verb) => milliseconds(verbs[verb]?.p99)),
    ...[memory, heap].map((both) => `${both.map((bytes) => number(bytes / MIB)).join(' and ')} MiB`),
  ]);
  const head = [
    'until',
    'requests /s',
    'errors',
    'verify, p50',
    ...VERBS.map((verb) => `${verb}, p99`),
    'memory of the two processes',
    'heap in use',
  ];
  const wrong = measured.reduce((sum, { errors, failures }) => sum + errors + failures.length, 0);
  const half = Math.floor(measured.length / 2);
  const [middle, last] = [measured[half], measured.at(-1)].map(({ heap }) => heap[0] + heap[1]);
  // while the first interval lasts, code is compiled and connections are opened
  const p99 = measured.map(({ verbs }) => verbs.verify?.p99 ?? 0);
  const [early, late] = [p99.slice(1, half + 1), p99.slice(half + 1)].map(median);
  const figure = (name, value) => ({ name, value, spread: 0, better: 'less', ours: true });
  return {
    markdown:
      `${table(head, rows)}\n\n${wrong} errors; heap in use in the end ${(last / middle).toFixed(2)} times what it was halfway; ` +
      `p99 of verifying in the second half ${(late / early).toFixed(2)} times that of the first.`,
    figures: [
      figure('errors', wrong),
      figure('heap in use in the end, of halfway', last / middle),
      { ...figure('p99 of verifying, second half of first', late / early), clock: true },
    ],
    details: measured,
  };
}
