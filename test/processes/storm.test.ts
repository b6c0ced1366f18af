import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { absent } from './support/absent.js';
import { cut, cutAfterActing, failing, Gate, hanging, once, slow } from './support/behaviours.js';
import { clusterOf, type ClientSession } from './support/cluster.js';
import { expectLiving, expectNewLogin } from './support/living.js';
import { refresh, refreshStorm } from './support/refresh-storm.js';
import { sqliteEngine } from '../support/databases.js';
import { sqlDatabase } from './support/sql-database.js';
import { describeStores } from './support/stores.js';
import { answered, type Presentation } from './support/strict-provider.js';
import { until } from './support/until.js';
import type { WorkerProcess } from './support/worker-process.js';

const outcomes = (presentations: readonly Presentation[]) => presentations.map(({ outcome }) => outcome ?? 'nothing');

describeStores('200 refreshes of one session over four processes', (store) => {
  const cluster = clusterOf(store.create, { broker: { refresh: { replayWindow: 120 } } });
  let workers: WorkerProcess[];
  let session: ClientSession;
  /** The provider's refresh token that is presented. */
  let token: string;

  beforeAll(async () => {
    workers = await cluster().addMany(4);
  }, 60_000);
  beforeEach(async () => {
    cluster().provider.behave();
    session = await cluster().logIn(workers[0] ?? absent());
    token = session.grant.current;
  });

  it.each([
    ['are one call', answered, ['rotated']],
    ['are one call to a provider that takes two seconds', slow(2_000), ['rotated']],
    ['are asked again where the provider failed twice', failing(2), ['nothing', 'nothing', 'rotated']],
  ])('%s, with one successor', async (_, behaviour, expected) => {
    const { provider } = cluster();
    provider.behave(behaviour);
    const { statuses, successors } = await refreshStorm(workers, session.refreshToken);
    expect({ statuses, successors: successors.size }).toEqual({ statuses: { 200: 200 }, successors: 1 });
    expect(outcomes(provider.presented(token))).toEqual(expected);
    provider.behave();
    await expectLiving(workers, session, [...successors]);
  });

  it('go on where an answer was cut off before the provider had acted: who waited for it comes again', async () => {
    const { provider } = cluster();
    provider.behave(once(cut));
    const { statuses, successors } = await refreshStorm(workers, session.refreshToken);
    expect(Object.keys(statuses).sort()).toEqual(['200', '503']);
    expect(successors.size).toBe(1);
    expect(outcomes(provider.presented(token))).toEqual(['nothing', 'rotated']);
    await expectLiving(workers, session, [...successors]);
  });

  it('end in one new log-in where an answer was cut off after the provider had acted', async () => {
    const { provider } = cluster();
    provider.behave(once(cutAfterActing));
    const { statuses } = await refreshStorm(workers, session.refreshToken);
    expect(Object.keys(statuses).sort()).toEqual(['400', '503']);
    expect(outcomes(provider.presented(token))).toEqual(['rotated', 'refused']);
    await expectNewLogin(cluster(), workers, session);
  });
});

describeStores('200 refreshes of one session whose callers wait for three seconds', (store) => {
  const times = { beat: 0.5, patience: 3, replayWindow: 120, providerTimeout: 20 };
  const cluster = clusterOf(store.create, { broker: { refresh: times } });
  let workers: WorkerProcess[];
  let session: ClientSession;
  let token: string;

  beforeAll(async () => {
    workers = await cluster().addMany(4);
  }, 60_000);
  beforeEach(async () => {
    cluster().provider.behave();
    session = await cluster().logIn(workers[0] ?? absent());
    token = session.grant.current;
  });

  /** They come again until all of them are answered. */
  const untilAnswered = (among: readonly WorkerProcess[]) =>
    until('nobody is told to come again', async () => {
      const storm = await refreshStorm(among, session.refreshToken);
      return storm.statuses[503] === undefined && storm;
    });

  it('are told to come again by a provider that takes longer, and then have one successor of one call', async () => {
    const { provider } = cluster();
    const gate = new Gate();
    provider.behave(gate.behaviour);
    const { statuses, answers } = await refreshStorm(workers, session.refreshToken);
    expect(statuses).toEqual({ 503: 200 });
    expect(answers.every(({ headers }) => /^[1-9]\d*$/.test(headers.get('retry-after') ?? ''))).toBe(true);
    gate.open();
    const { successors, ...later } = await untilAnswered(workers);
    expect({ statuses: later.statuses, successors: successors.size }).toEqual({
      statuses: { 200: 200 },
      successors: 1,
    });
    expect(outcomes(provider.presented(token))).toEqual(['rotated']);
    provider.behave();
    await expectLiving(workers, session, [...successors]);
  });

  it('go on when the process is killed that asked a provider that hangs', async () => {
    const { provider } = cluster();
    const asked = new Promise<void>((resolve) => provider.behave(once(() => resolve())));
    const victim = workers.shift() ?? absent();
    const alone = refresh(victim, session.refreshToken);
    await asked;
    const { statuses } = await refreshStorm([victim, ...workers], session.refreshToken);
    expect({ statuses, alone: (await alone).status }).toEqual({ statuses: { 503: 200 }, alone: 503 });
    expect(await victim.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    const { successors, ...later } = await untilAnswered(workers);
    expect({ statuses: later.statuses, successors: successors.size }).toEqual({
      statuses: { 200: 200 },
      successors: 1,
    });
    expect(outcomes(provider.presented(token))).toEqual(['nothing', 'rotated']);
    await expectLiving(workers, session, [...successors]);
  });
});

describe('200 refreshes of one session over two processes', () => {
  const times = { beat: 0.5, patience: 3, replayWindow: 120 };
  const cluster = clusterOf(() => sqlDatabase(sqliteEngine), { broker: { refresh: times } });
  const outcomesOf = (token: string) => outcomes(cluster().provider.presented(token));

  it('are told to come again while nobody waits any longer for a provider that hangs, and then are one', async () => {
    const { provider } = cluster();
    // long enough for a slow machine to get an answer in time when there is one
    const workers = await cluster().addMany(2, { refresh: { ...times, providerTimeout: 5 } });
    const session = await cluster().logIn(workers[0] ?? absent());
    const token = session.grant.current;
    provider.behave(hanging);
    expect((await refreshStorm(workers, session.refreshToken)).statuses).toEqual({ 503: 200 });
    provider.behave();
    const { successors } = await until('nobody is told to come again', async () => {
      const storm = await refreshStorm(workers, session.refreshToken);
      return storm.statuses[503] === undefined && storm;
    });
    expect(outcomesOf(token).filter((outcome) => outcome !== 'nothing')).toEqual(['rotated']);
    await expectLiving(workers, session, [...successors]);
  }, 60_000);

  it('end in one new log-in where an answer was cut off and no token may be sent twice', async () => {
    const { provider } = cluster();
    const workers = await cluster().addMany(2, { refresh: { ...times, resend: false } });
    const session = await cluster().logIn(workers[0] ?? absent());
    const token = session.grant.current;
    provider.behave(once(cut));
    expect((await refreshStorm(workers, session.refreshToken)).statuses).toEqual({ 400: 200 });
    expect(outcomesOf(token)).toEqual(['nothing']);
    await expectNewLogin(cluster(), workers, session);
  }, 60_000);
});
