import { describe, expect, test } from '@jest/globals';
import { World } from '../../support/broker-world.js';

/** The end of a session comes in between, at another process. */
async function logOut(world: World, token: string): Promise<void> {
  await world.time.outcomeOf(world.process(1).broker.revoke(token));
}

describe('an ended session never comes back', () => {
  test('and nothing of a refresh that was under way is left alive', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 1_000 });
    const call = world.present(session.token);
    await world.time.until(() => world.provider.presentations[0]?.given !== undefined);
    await logOut(world, session.token);
    expect(await world.answered(call)).toEqual(['400 invalid_grant']);
    const row = await world.database.row(session.id);
    expect([row.ended, row.generation]).toEqual(['revoked', 1]);
    expect(world.provider.tokens.living).toEqual([]);
  });

  test('nor after a commit of unknown outcome', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('commit', { kind: 'late', after: 1_000 });
    const call = world.present(session.token);
    await world.time.until(() => world.provider.presentations.length === 1);
    world.database.next('read', { kind: 'slow', before: 500, after: 0 }, { host: world.process(0) });
    await world.time.pass(100);
    await logOut(world, session.token);
    expect(await world.answered(call)).toEqual(['400 invalid_grant']);
    await world.time.pass(2_000);
    const row = await world.database.row(session.id);
    expect([row.ended, row.generation]).toEqual(['revoked', 1]);
    expect(world.provider.tokens.living).toEqual([]);
  });

  test('what is revoked is what the row held when it ended, not what it held when somebody looked before', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const { access_token: accessToken = '' } = (await world.refresh(session.token)).tokens ?? {};
    const second = world.calls[0]?.successor ?? '';
    world.database.next('end', { kind: 'slow', before: 1_000, after: 0 });
    const ended = world.process(1).broker.logOut(accessToken);
    await world.time.pass(100);
    expect((await world.refresh(second)).answer).toBe('generation 3');
    await world.time.outcomeOf(ended);
    expect(world.provider.tokens.living).toEqual([]);
    expect((await world.database.row(session.id)).sealed).toBe('');
  });

  test('a request that began after the end gets nothing, even if it joins a refresh from before', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('commit', { kind: 'slow', before: 0, after: 1_000 });
    const before = world.present(session.token);
    await world.time.until(() => world.database.count('commit') === 1);
    await logOut(world, session.token);
    const after = world.present(session.token);
    expect(await world.answered(before, after)).toEqual(['generation 2', '400 invalid_grant']);
  });

  test('a waiter whose session ended meanwhile gets nothing', async () => {
    const world = await World.open({ processes: 3 });
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 5_000 });
    const holder = world.present(session.token);
    const waiter = world.present(session.token, world.process(2));
    await world.time.pass(1_000);
    await logOut(world, session.token);
    expect(await world.answered(waiter)).toEqual(['400 invalid_grant']);
    expect(world.time.now).toBeLessThan(2_000);
    expect(await world.answered(holder)).toEqual(['400 invalid_grant']);
    expect(world.provider.tokens.living).toEqual([]);
  });
});

describe('what an ended session held', () => {
  test('is revoked by purge, where the one who ended it could not', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.failing.revoke = new Error('away');
    await logOut(world, session.token);
    expect(world.provider.tokens.living).toEqual([session.held]);
    expect((await world.database.row(session.id)).sealed).not.toBe('');
    delete world.provider.failing.revoke;
    await world.time.pass(61_000);
    await world.time.outcomeOf(world.process(0).broker.purgeExpired());
    expect(world.provider.tokens.living).toEqual([]);
    expect((await world.database.row(session.id)).sealed).toBe('');
  });

  test('is revoked by purge, where nobody knew whether it had ended', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('end', { kind: 'answer lost' });
    await expect(logOut(world, session.token)).rejects.toMatchObject({ status: 503 });
    await world.time.pass(61_000);
    await world.time.outcomeOf(world.process(0).broker.purgeExpired());
    expect(world.provider.tokens.living).toEqual([]);
  });

  test('is revoked as soon as the provider can be reached, where no row holds it', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 1_000 });
    const call = world.present(session.token);
    await world.time.until(() => world.provider.presentations[0]?.given !== undefined);
    await logOut(world, session.token);
    world.provider.failing.revoke = new Error('away');
    expect(await world.answered(call)).toEqual(['400 invalid_grant']);
    await world.time.pass(60_000);
    expect(world.provider.tokens.living).toHaveLength(1);
    world.provider.failing.revoke = undefined;
    await world.time.pass(60_000);
    expect(world.provider.tokens.living).toEqual([]);
  });

  test('is tried once more, where no row holds it, before the process goes down', async () => {
    const world = await World.open();
    const grant = world.provider.logIn('alice');
    world.database.away = true;
    world.provider.failing.revoke = new Error('away');
    await expect(world.time.outcomeOf(world.process(0).broker.issue(grant, 'code'))).rejects.toMatchObject({
      status: 503,
    });
    await world.time.pass(40_000);
    world.provider.failing.revoke = undefined;
    const begun = world.time.now;
    await world.time.outcomeOf(world.process(0).broker.close());
    expect(world.time.now - begun).toBeLessThan(1_000);
    expect(world.provider.tokens.living).toEqual([]);
    expect(world.time.pending).toBe(0);
  });

  test('of a stolen token is revoked at once, even if nobody knew at first whether the session had ended', async () => {
    const world = await World.open();
    const session = await world.logIn();
    await world.refresh(session.token);
    await world.time.pass(20_000);
    world.database.next('end', { kind: 'answer lost' });
    expect((await world.refresh(session.token)).answer).toBe('400 invalid_grant');
    expect(world.process(0).endings).toEqual(['reuse']);
    expect(world.provider.tokens.living).toEqual([]);
  });

  test('does not keep the one who ends it waiting for long', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.slow.revoke = 30_000;
    const begun = world.time.now;
    await logOut(world, session.token);
    expect(world.time.now - begun).toBeLessThan(3_100);
    await world.time.pass(30_000);
    expect(world.provider.tokens.living).toEqual([]);
  });
});

describe('back-channel logout', () => {
  test.each(['sid', 'sub'] as const)('ends what was logged in by %s, also while it is refreshed', async (by) => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 1_000 });
    const call = world.present(session.token);
    await world.time.pass(100);
    await world.time.outcomeOf(world.process(1).broker.backchannelLogout(world.provider.logoutToken(session.held, by)));
    expect(await world.answered(call)).toEqual(['400 invalid_grant']);
    expect((await world.database.row(session.id)).ended).toBe('backchannel');
    expect(world.provider.tokens.living).toEqual([]);
  });

  test.each(
    [-8, -6, -4, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8].flatMap((ahead) =>
      (['sid', 'sub'] as const).flatMap((by) => [0, 5].map((late) => ({ ahead, by, late }))),
    ),
  )('against a log-in that is $ahead ms ahead, by $by, note $late ms late: nobody stays logged in', async (race) => {
    const { ahead, by, late } = race;
    const world = await World.open();
    world.database.next('note', { kind: 'slow', before: late, after: 0 });
    const grant = world.provider.logIn('alice');
    const logout = world.provider.logoutToken(grant.refreshToken, by);
    const logIn = async () => world.process(0).broker.issue(grant, 'code');
    const logOut = async () => world.process(1).broker.backchannelLogout(logout);
    const order = ahead < 0 ? [logOut, logIn] : [logIn, logOut];
    const results = order.map(async (begin, index) => {
      await world.time.timingOf(world.process(0), 0).sleep(index * Math.abs(ahead) + 1);
      return begin();
    });
    const outcomes = await world.time.outcomeOf(Promise.allSettled(results));
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const token = answers.find((answer) => answer !== undefined)?.refresh_token;
    expect((await world.refresh(token ?? '')).answer).toBe('400 invalid_grant');
    expect(world.provider.tokens.living).toEqual([]);
  });
});
