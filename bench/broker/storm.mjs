// Everybody refreshes one session at once, in four processes; the provider takes its time.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { quantile } from '../rounds.mjs';
import { number, table } from '../report.mjs';
import { brokerOn, loginGrant } from './broker.mjs';

const PROCESSES = 4;
const PROVIDER = 250;

export async function measureStorm(engines, { callers }) {
  const rows = [];
  for (const { name, url, store } of engines) rows.push(await storm(name, url, store, callers));
  const head = [
    `${callers.toLocaleString('en')} refreshes of one session, ${PROCESSES} processes, provider ${PROVIDER} ms`,
    'provider calls',
    'successors',
    'refused',
    'p50',
    'p99',
    'p99 less provider',
  ];
  return { markdown: table(head, rows) };
}

async function storm(name, url, store, callers) {
  let calls = 0;
  const provider = createServer((_, response) => {
    calls += 1;
    setTimeout(() => response.end(), PROVIDER);
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  const encryptionKey = randomBytes(32).toString('base64');
  // keys of other runs were sealed under other keys
  for (const { sequence } of await store.keys()) await store.removeKey(sequence);
  const broker = brokerOn(store, { encryptionKey });
  await broker.start();
  const { refresh_token: token } = await broker.issue(loginGrant(), 'code');
  const settings = { url, encryptionKey, provider: `http://127.0.0.1:${provider.address().port}` };
  const workers = await Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      const worker = fork(new URL('storm-worker.mjs', import.meta.url), [JSON.stringify(settings)]);
      await once(worker, 'message');
      return worker;
    }),
  );
  const answers = await Promise.all(
    workers.map(async (worker) => {
      worker.send({ token, count: callers / PROCESSES });
      const [answer] = await once(worker, 'message');
      worker.send('end');
      await once(worker, 'exit');
      return answer;
    }),
  );
  provider.close();
  const times = answers.flatMap((answer) => answer.times);
  const successors = new Set(answers.flatMap((answer) => answer.successors));
  const refused = answers.flatMap((answer) => answer.refused).length;
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  const milliseconds = (value) => `${number(value)} ms`;
  return [
    name,
    calls,
    successors.size,
    refused,
    milliseconds(p50),
    milliseconds(p99),
    milliseconds(p99 - PROVIDER),
  ].map(String);
}
