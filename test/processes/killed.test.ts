import { beforeAll, describe, expect, it } from '@jest/globals';
import { describeMongo } from '../stores/mongoose/database.js';
import { postgresEngine, sqliteEngine } from '../support/databases.js';
import { failing, Gate } from './support/behaviours.js';
import { clusterOf, type BrokerChanges, type ClientSession } from './support/cluster.js';
import { expectLiving, expectNewLogin } from './support/living.js';
import { mongoDatabase } from './support/mongo-database.js';
import { refresh } from './support/refresh-storm.js';
import { sqlDatabase } from './support/sql-database.js';
import type { SharedStore } from './support/stores.js';
import { until } from './support/until.js';
import type { WorkerProcess } from './support/worker-process.js';
import type { Fault } from './worker/protocol.js';

/** A process that nobody hears of for five beats is dead. */
const refreshTimes = { beat: 0.2, patience: 5, replayWindow: 60 };
/** Callers who do not wait for long. */
const impatience = { refresh: { ...refreshTimes, patience: 1.2 } };

function suite({ create }: Pick<SharedStore, 'create'>): void {
  const cluster = clusterOf(create, { broker: { refresh: refreshTimes } });
  let survivor: WorkerProcess;

  beforeAll(async () => {
    survivor = await cluster().add();
  }, 60_000);

  /** A process that dies at this point of what it is asked for. */
  async function dying(
    fault: Fault,
    doing: (victim: WorkerProcess) => Promise<unknown>,
    broker?: BrokerChanges,
  ): Promise<void> {
    const victim = await cluster().add(broker);
    await victim.call('arm', fault);
    await Promise.allSettled([doing(victim)]);
    expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
  }

  /** The next one who comes with the same refresh token, until it is no longer told to come again. */
  const next = (session: ClientSession) =>
    until('somebody is answered', async () => {
      const answer = await refresh(survivor, session.refreshToken);
      return answer.status !== 503 && answer;
    });

  it.each<[Fault['step'], Fault['when'], 'lives' | 'ends', string[]]>([
    ['read', 'before', 'lives', ['rotated']],
    ['read', 'after', 'lives', ['rotated']],
    ['take', 'before', 'lives', ['rotated']],
    ['take', 'after', 'lives', ['rotated']],
    ['fetch:refresh_token', 'before', 'lives', ['rotated']],
    ['fetch:refresh_token', 'after', 'ends', ['rotated', 'refused']],
    ['fetch:userinfo', 'before', 'ends', ['rotated', 'refused']],
    ['commit', 'before', 'ends', ['rotated', 'refused']],
    ['commit', 'after', 'lives', ['rotated']],
  ])(
    'at %s of a refresh, %s it: the session %s, and the provider saw its token %j',
    async (step, when, fate, asked) => {
      const session = await cluster().logIn(survivor);
      const token = session.grant.current;
      await dying({ step, when }, (victim) => refresh(victim, session.refreshToken));
      const { status, json } = await next(session);
      expect(
        cluster()
          .provider.presented(token)
          .map(({ outcome }) => outcome),
      ).toEqual(asked);
      expect(status).toBe(fate === 'lives' ? 200 : 400);
      if (fate === 'lives') await expectLiving([survivor], session, [String(json.refresh_token)]);
      else await expectNewLogin(cluster(), [survivor], session);
    },
  );

  it.each<Fault['when']>(['before', 'after'])(
    'at a beat, %s it, while the provider takes its time to answer: the session ends',
    async (when) => {
      const { provider } = cluster();
      const session = await cluster().logIn(survivor);
      const token = session.grant.current;
      const gate = new Gate();
      provider.behave(gate.behaviour);
      const victim = await cluster().add();
      const answer = refresh(victim, session.refreshToken);
      // a slow machine beats before it has asked, too
      await gate.reached;
      await victim.call('arm', { step: 'beat', when });
      await Promise.allSettled([answer]);
      expect(await victim.exited).toEqual({ code: null, signal: 'SIGKILL' });
      provider.behave();
      expect((await next(session)).json).toMatchObject({ error: 'invalid_grant' });
      expect(provider.presented(token).map(({ outcome }) => outcome)).toEqual(['rotated', 'refused']);
      await expectNewLogin(cluster(), [survivor], session);
    },
  );

  it.each<Fault['when']>(['before', 'after'])(
    'while it hands out a successor for which nobody had waited, %s it says so: the next one gets the same',
    async (when) => {
      const { provider, database } = cluster();
      const impatient = await cluster().add(impatience);
      const session = await cluster().logIn(impatient);
      const token = session.grant.current;
      const gate = new Gate();
      provider.behave(gate.behaviour);
      let asked = false;
      void gate.reached.then(() => (asked = true));
      await until('the provider is asked for somebody who has gone', async () => {
        expect((await refresh(impatient, session.refreshToken)).status).toBe(503);
        return asked;
      });
      gate.open();
      provider.behave();
      const [id] = session.refreshToken.split('.');
      await until('its answer is stored', async () =>
        (await database.sessions()).some((row) => row.id === id && row.generation === 2),
      );
      await dying({ step: 'stamp', when }, (victim) => refresh(victim, session.refreshToken));
      const { status, json } = await next(session);
      expect(status).toBe(200);
      expect(provider.presented(token)).toHaveLength(1);
      await expectLiving([survivor], session, [String(json.refresh_token)]);
    },
  );

  it.each<Fault['when']>(['before', 'after'])(
    'while it lets the lease go, %s that: the next one waits no longer than for a dead one',
    async (when) => {
      const session = await cluster().logIn(survivor);
      cluster().provider.behave(failing(1_000));
      await dying({ step: 'release', when }, (victim) => refresh(victim, session.refreshToken), impatience);
      cluster().provider.behave();
      const { status, json } = await next(session);
      expect(status).toBe(200);
      await expectLiving([survivor], session, [String(json.refresh_token)]);
    },
  );

  it.each<Fault['when']>(['before', 'after'])(
    'while it ends a session whose refresh token the provider refused, %s that: it ends cleanly',
    async (when) => {
      const session = await cluster().logIn(survivor);
      session.grant.ended = 'revoked';
      await dying({ step: 'end', when }, (victim) => refresh(victim, session.refreshToken));
      expect((await next(session)).json).toMatchObject({ error: 'invalid_grant' });
      await expectNewLogin(cluster(), [survivor], session);
    },
  );

  it.each<[Fault['step'], Fault['when'], 'lives' | 'ends']>([
    ['end', 'before', 'lives'],
    ['end', 'after', 'ends'],
    ['fetch:revoke', 'before', 'ends'],
    ['fetch:revoke', 'after', 'ends'],
    ['empty', 'before', 'ends'],
    ['empty', 'after', 'ends'],
  ])('at %s of a log-out, %s it: the session %s', async (step, when, fate) => {
    const session = await cluster().logIn(survivor);
    const logOut = (worker: WorkerProcess) =>
      worker.client.post('/auth/v2/logout', {}, { bearer: session.accessToken });
    await dying({ step, when }, logOut);
    if (fate === 'lives') {
      const { status, json } = await next(session);
      expect(status).toBe(200);
      await expectLiving([survivor], session, [String(json.refresh_token)]);
      return;
    }
    expect((await next(session)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await survivor.client.get('/me', {}, { bearer: session.accessToken })).status).toBe(401);
  });

  it.each<[Fault['step'], Fault['when']]>([
    ['fetch:authorization_code', 'after'],
    ['insert', 'before'],
    ['insert', 'after'],
    ['noted', 'after'],
  ])('at %s of a log-in, %s it: nobody has a token, and the user logs in once more', async (step, when) => {
    const before = (await cluster().database.sessions()).length;
    const login = await cluster().codeFrom(survivor);
    await dying({ step, when }, (victim) => victim.client.post('/auth/v2/token', login.form));
    const again = await cluster().logIn(survivor, login.user);
    expect((await cluster().database.sessions()).length).toBe(
      before + (when === 'after' && step !== 'fetch:authorization_code' ? 2 : 1),
    );
    const { status, json } = await refresh(survivor, again.refreshToken);
    expect(status).toBe(200);
    await expectLiving([survivor], again, [String(json.refresh_token)]);
  });
}

describe('a process that is killed, on SQLite', () => suite({ create: () => sqlDatabase(sqliteEngine) }));
describe('a process that is killed, on PostgreSQL', () => {
  const { engine } = postgresEngine();
  suite({ create: () => sqlDatabase(engine) });
});
describeMongo('a process that is killed, on MongoDB', () => suite({ create: mongoDatabase }));
