import { describe, expect, test } from '@jest/globals';
import { RefreshTokens } from '../../../lib/broker/refresh-tokens.js';
import { ENCRYPTION_KEY } from '../../support/broker-process.js';
import { World } from '../../support/broker-world.js';

/** A genuine token of a generation that may not be there. */
function tokenOf(id: string, generation: number): string {
  return new RefreshTokens([ENCRYPTION_KEY], 'https://app.example.org', 'client').issue(id, generation);
}

describe('rule 1: what is presented', () => {
  test.each(['', 'x', 'a.1.b', `${'a'.repeat(22)}.1.${'b'.repeat(43)}`, 'a'.repeat(10_000)])(
    'a token without our MAC is refused without a look into the database: %#',
    async (token) => {
      const world = await World.open();
      const session = await world.logIn();
      const before = world.database.executed.length;
      expect((await world.refresh(token)).answer).toBe('400 invalid_grant');
      expect(world.database.executed).toHaveLength(before);
      expect((await world.refresh(session.token)).answer).toBe('generation 2');
    },
  );

  test('a changed generation breaks the MAC, and harms nobody', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const [id, , mac] = session.token.split('.');
    expect((await world.refresh(`${id ?? ''}.2.${mac ?? ''}`)).answer).toBe('400 invalid_grant');
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
  });

  test('a genuine token of a session that is not there is refused', async () => {
    const world = await World.open();
    expect((await world.refresh(tokenOf('x'.repeat(22), 1))).answer).toBe('400 invalid_grant');
  });

  test('a token of a session that has ended is refused, whatever its generation', async () => {
    const world = await World.open();
    const session = await world.logIn();
    await world.time.outcomeOf(world.process(1).broker.revoke(session.token));
    for (const generation of [1, 2, 3]) {
      expect((await world.refresh(tokenOf(session.id, generation))).answer).toBe('400 invalid_grant');
    }
    expect(world.provider.presentations).toEqual([]);
  });

  test('a generation that the database has not reached ends the session, and what it held is revoked', async () => {
    const world = await World.open();
    const session = await world.logIn();
    expect((await world.refresh(tokenOf(session.id, 2))).answer).toBe('400 invalid_grant');
    expect((await world.database.row(session.id)).ended).toBe('future');
    expect(world.provider.tokens.living).toEqual([]);
    expect((await world.refresh(session.token)).answer).toBe('400 invalid_grant');
  });
});

test('rule 1: a generation that the database reaches meanwhile ends nothing', async () => {
  const world = await World.open();
  const session = await world.logIn();
  world.database.next('end', { kind: 'slow', before: 500, after: 0 });
  const early = world.present(tokenOf(session.id, 2), world.process(1));
  await world.time.pass(100);
  expect((await world.refresh(session.token)).answer).toBe('generation 2');
  expect(await world.answered(early)).toEqual(['generation 3']);
});

describe('rule 2: the generation before', () => {
  test('is answered with the same successor again within the replay window, by every process', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const first = await world.refresh(session.token);
    await world.time.pass(9_000);
    const again = await world.refresh(session.token, world.process(1));
    expect(again.successor).toBe(first.successor);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('is taken for stolen after the replay window: the session ends, and what it held is revoked', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const first = await world.refresh(session.token);
    await world.time.pass(10_100);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('400 invalid_grant');
    expect((await world.database.row(session.id)).ended).toBe('reuse');
    expect(world.process(1).endings).toEqual(['reuse']);
    expect(world.provider.tokens.living).toEqual([]);
    expect((await world.refresh(first.successor)).answer).toBe('400 invalid_grant');
  });

  test('the replay window counts from when the successor was first handed out, not from the refresh', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 20_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.pass(60_000);
    // the answer came when nobody waited any more: the successor is in nobody's hands
    expect((await world.database.row(session.id)).generation).toBe(2);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
    await world.time.pass(9_000);
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
    await world.time.pass(2_000);
    expect((await world.refresh(session.token)).answer).toBe('400 invalid_grant');
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('the replay window counts neither from the taking nor from the moment the provider was asked', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 7_000, after: 6_000 });
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
    await world.time.pass(9_000);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
  });

  test('its age is judged by when it was presented, not by when the database could be read', async () => {
    const world = await World.open();
    const session = await world.logIn();
    await world.refresh(session.token);
    await world.time.pass(9_000);
    world.database.next('read', { kind: 'slow', before: 6_000, after: 0 });
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
  });

  test('wrong clocks of processes judge nobody', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.process(0).ahead = -3_600_000;
    const { successor } = await world.refresh(session.token);
    world.process(1).ahead = 3_600_000;
    await world.time.pass(8_000);
    expect((await world.refresh(session.token, world.process(1))).successor).toBe(successor);
  });

  test('the generation before that one is taken for stolen at once', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const second = await world.refresh(session.token);
    await world.refresh(second.successor);
    expect((await world.refresh(session.token)).answer).toBe('400 invalid_grant');
    expect((await world.database.row(session.id)).ended).toBe('reuse');
  });
});

describe('who presented a good token is no thief because others were faster', () => {
  test('a waiter that is overtaken by two refreshes is answered the newest generation', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const [first, waiter] = [world.present(session.token), world.present(session.token, world.process(1))];
    await world.answered(first);
    const third = await world.refresh(first.successor);
    expect(third.answer).toBe('generation 3');
    expect(await world.answered(waiter)).toEqual(['generation 3']);
    expect(waiter.successor).toBe(third.successor);
    expect((await world.database.row(session.id)).ended).toBe('');
  });

  test('nor is a waiter whose stamp of the successor comes too late', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 20_000 });
    await world.refresh(session.token);
    await world.time.pass(20_000);
    world.database.next('stamp', { kind: 'slow', before: 500, after: 0 }, { host: world.process(1) });
    const waiter = world.present(session.token, world.process(1));
    const second = await world.refresh(session.token);
    expect((await world.refresh(second.successor)).answer).toBe('generation 3');
    expect(await world.answered(waiter)).toEqual(['generation 3']);
  });

  test('nor is whoever joins one who is being answered, and has to ask again', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('read', { kind: 'slow', before: 20, after: 500 });
    const waiting = world.present(session.token);
    await world.time.pass(10);
    const joined = world.present(session.token);
    const second = await world.refresh(session.token, world.process(1));
    await world.time.pass(50);
    expect((await world.refresh(second.successor, world.process(1))).answer).toBe('generation 3');
    expect(await world.answered(waiting, joined)).toEqual(['generation 2', 'generation 3']);
  });

  test('nor is a holder whose answer is overtaken by two refreshes', async () => {
    const world = await World.open({ provider: 'grace' });
    const session = await world.logIn();
    const [holder, other] = [world.process(0), world.process(1)];
    const slow = world.present(session.token, holder);
    await world.time.until(() => world.provider.presentations.length === 1);
    holder.standStill();
    const second = await world.refresh(session.token, other);
    const third = await world.refresh(second.successor, other);
    holder.goOn();
    expect(await world.answered(slow)).toEqual(['generation 3']);
    expect(slow.successor).toBe(third.successor);
  });
});

describe('one refresh for all who ask', () => {
  test('callers of one process share a refresh, and get the same successor', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const calls = Array.from({ length: 20 }, () => world.present(session.token));
    expect(new Set(await world.answered(...calls))).toEqual(new Set(['generation 2']));
    expect(new Set(calls.map(({ successor }) => successor)).size).toBe(1);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test.each(['strict', 'rotate', 'grace', 'static'] as const)(
    'callers of all processes at the same moment: one asks the provider (%s)',
    async (provider) => {
      const world = await World.open({ provider, processes: 5 });
      const session = await world.logIn();
      const calls = world.processes.map((process) => world.present(session.token, process));
      expect(await world.answered(...calls)).toEqual(calls.map(() => 'generation 2'));
      expect(world.provider.presentations).toHaveLength(1);
    },
  );

  test('sessions have nothing to do with each other', async () => {
    const world = await World.open();
    const [alice, bob] = [await world.logIn({ user: 'alice' }), await world.logIn({ user: 'bob' })];
    const calls = [world.present(alice.token), world.present(bob.token), world.present(bob.token, world.process(1))];
    await world.answered(...calls);
    const users = calls.map(({ tokens }) => claimsOf(tokens?.access_token ?? ''));
    expect(users.map(({ sub, sid }) => [sub, sid])).toEqual([
      ['alice', alice.id],
      ['bob', bob.id],
      ['bob', bob.id],
    ]);
    expect(world.provider.presentations.map(({ token }) => token).sort()).toEqual([alice.held, bob.held].sort());
  });

  test('what the provider gave last is what is presented next', async () => {
    const world = await World.open();
    const session = await world.logIn();
    let { token } = session;
    for (let generation = 2; generation <= 6; generation++) {
      const call = await world.refresh(token, world.process(generation % 2));
      expect(call.answer).toBe(`generation ${generation}`);
      token = call.successor;
      await world.time.pass(60_000);
    }
    expect(new Set(world.provider.presentations.map((one) => one.token)).size).toBe(5);
    expect(world.provider.tokens.living).toHaveLength(1);
  });
});

function claimsOf(accessToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}
