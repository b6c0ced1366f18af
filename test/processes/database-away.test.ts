import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProxy } from '../support/tcp-proxy.js';
import { postgresEngine, sqliteEngine } from '../support/databases.js';
import { absent } from './support/absent.js';
import { Gate } from './support/behaviours.js';
import { clusterOf, type Cluster, type ClientSession } from './support/cluster.js';
import { expectLiving } from './support/living.js';
import { refresh, refreshStorm } from './support/refresh-storm.js';
import { sqlDatabase } from './support/sql-database.js';
import { describeServers } from './support/stores.js';
import { until } from './support/until.js';
import type { WorkerProcess } from './support/worker-process.js';

const broker = { sessionCheckInterval: 0, refresh: { beat: 0.5, patience: 3, replayWindow: 120 } };

/** The same refresh token at every process, until nobody is told to come again. */
function untilAnswered(workers: readonly WorkerProcess[], { refreshToken }: ClientSession, count: number) {
  return until('nobody is told to come again', async () => {
    const storm = await refreshStorm(workers, refreshToken, count);
    return storm.statuses[503] === undefined && storm;
  });
}

/** The provider has acted on a refresh, and the database goes away before the answer can be written. */
async function loseInMidStorm(
  cluster: Cluster,
  workers: readonly WorkerProcess[],
  { down, up }: { down: () => Promise<unknown>; up: () => Promise<unknown> },
): Promise<void> {
  const session = await cluster.logIn(workers[0] ?? absent());
  const token = session.grant.current;
  const gate = new Gate();
  cluster.provider.behave(gate.behaviour);
  const storm = refreshStorm(workers, session.refreshToken, 100);
  await gate.reached;
  await down();
  gate.open();
  const { statuses } = await storm;
  expect(Object.keys(statuses)).toEqual(['503']);
  expect((await refresh(workers[0] ?? absent(), session.refreshToken)).status).toBe(503);
  await up();
  const { successors, ...answered } = await untilAnswered(workers, session, 100);
  expect({ statuses: answered.statuses, successors: successors.size }).toEqual({
    statuses: { 200: 100 },
    successors: 1,
  });
  expect(cluster.provider.presented(token).map(({ outcome }) => outcome)).toEqual(['rotated']);
  cluster.provider.behave();
  await expectLiving(workers, session, [...successors]);
}

describeServers('a database that is lost and comes back', (store) => {
  const cluster = clusterOf(store.create, { broker });
  let proxy: TcpProxy;
  let workers: WorkerProcess[];
  beforeAll(async () => {
    const direct = new URL(cluster().database.url);
    proxy = await TcpProxy.to({ host: direct.hostname, port: Number(direct.port) });
    direct.host = proxy.address;
    workers = await cluster().addMany(2, undefined, direct.href);
  }, 60_000);
  afterAll(() => proxy.down());

  it('is answered with 503 meanwhile, and with no restart after it', async () => {
    const [worker = absent()] = workers;
    const { accessToken: bearer, refreshToken } = await cluster().logIn(worker);
    const use = () => worker.client.get('/me', {}, { bearer });
    expect((await use()).status).toBe(200);
    await proxy.down();
    for (const answer of [await use(), await refresh(worker, refreshToken), await logOut(worker, bearer)]) {
      expect({ status: answer.status, error: answer.json.error }).toEqual({
        status: 503,
        error: 'temporarily_unavailable',
      });
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    }
    await proxy.up();
    await until('it is back', async () => (await use()).status === 200);
    expect((await refresh(worker, refreshToken)).status).toBe(200);
  });

  it('in the middle of a storm makes nobody ask twice, and loses no answer', () =>
    loseInMidStorm(cluster(), workers, { down: () => proxy.down(), up: () => proxy.up() }));
});

describe('a PostgreSQL that is restarted', () => {
  const { engine, server } = postgresEngine();
  const cluster = clusterOf(() => sqlDatabase(engine), { broker });

  it('in the middle of a storm makes nobody ask twice, and loses no answer', async () => {
    const workers = await cluster().addMany(2);
    await loseInMidStorm(cluster(), workers, { down: () => server().down(), up: () => server().up() });
  }, 60_000);
});

describe('a SQLite file', () => {
  const cluster = clusterOf(() => sqlDatabase(sqliteEngine), { broker });
  let worker: WorkerProcess;
  let other: WorkerProcess;
  beforeAll(async () => {
    [worker, other] = await Promise.all([cluster().add(), cluster().add()]);
  }, 60_000);

  it('that somebody else has locked is waited for, and the process goes on answering', async () => {
    const session = await cluster().logIn(worker);
    const locker = new Database(cluster().database.url.replace(/^sqlite:\/\/\//, ''));
    locker.exec('begin immediate');
    const refreshed = refresh(worker, session.refreshToken);
    // a request that reads only comes through meanwhile
    expect((await worker.client.get('/me', {}, { bearer: session.accessToken })).status).toBe(200);
    locker.exec('commit');
    locker.close();
    const { status, json } = await refreshed;
    expect(status).toBe(200);
    await expectLiving([worker, other], session, [String(json.refresh_token)]);
  });

  it.each([
    ['cannot be written', 'query_only = 1', 'query_only = 0'],
    ['has no more room', 'max_page_count = 1', 'max_page_count = 1073741823'],
  ])('that %s is answered with 503, and nothing is lost', async (_, begin, end) => {
    const session = await cluster().logIn(worker);
    await worker.call('pragma', begin);
    const login = await cluster().codeFrom(worker);
    const refusal = await until('there is no more room', async () => {
      const answer = await worker.client.post('/auth/v2/token', (await cluster().codeFrom(worker)).form);
      return answer.status !== 200 && answer;
    });
    expect({ status: refusal.status, error: refusal.json.error }).toEqual({
      status: 503,
      error: 'temporarily_unavailable',
    });
    await worker.call('pragma', end);
    expect((await worker.client.post('/auth/v2/token', login.form)).status).toBe(200);
    const { status, json } = await refresh(worker, session.refreshToken);
    expect(status).toBe(200);
    await expectLiving([worker, other], session, [String(json.refresh_token)]);
  });
});

function logOut({ client }: WorkerProcess, bearer: string) {
  return client.post('/auth/v2/logout', {}, { bearer });
}
