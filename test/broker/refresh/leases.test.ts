import { describe, expect, test } from '@jest/globals';
import { World } from '../../support/broker-world.js';

/** The provider takes so long that everybody else has to wait. */
const SLOW = { kind: 'slow', before: 0, after: 14_000 } as const;

describe('rule 3: whoever does not hold the lease waits', () => {
  test('while the holder lives, however long the provider takes, and is answered the same', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next(SLOW);
    const first = world.present(session.token);
    await world.time.pass(100);
    const second = world.present(session.token, world.process(1));
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('a provider that takes several leases long is asked once', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 55_000 });
    world.present(session.token);
    for (let asked = 0; asked < 3; asked++) {
      expect((await world.refresh(session.token, world.process(1))).answer).toBe('503');
      expect(world.provider.presentations).toHaveLength(1);
    }
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('a holder that died before it asked is replaced after five beats', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('take', { kind: 'slow', before: 0, after: 100 });
    world.present(session.token);
    await world.time.pass(50);
    world.process(0).kill();
    const second = world.present(session.token, world.process(1));
    await world.time.pass(9_900);
    expect(world.provider.presentations).toHaveLength(0);
    await world.time.pass(300);
    expect(second.answer).toBe('generation 2');
  });

  test.each([
    ['grace', 'generation 2'],
    ['static', 'generation 2'],
    ['rotate', '400 invalid_grant'],
    ['strict', '400 invalid_grant'],
  ] as const)('after a holder died while it asked, a provider of kind %s answers %s', async (provider, answer) => {
    const world = await World.open({ provider });
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 10, after: 0 });
    world.present(session.token);
    await world.time.until(() => world.provider.presentations.length === 1);
    world.process(0).kill();
    expect((await world.refresh(session.token, world.process(1))).answer).toBe(answer);
    expect(world.provider.presentations).toHaveLength(2);
  });

  test('four beats that fail in a row cost nobody the lease', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next(SLOW);
    const first = world.present(session.token);
    const second = world.present(session.token, world.process(1));
    await world.time.pass(100);
    world.database.mishap = ({ verb }) => (verb === 'beat' && world.time.now < 9_000 ? { kind: 'fails' } : undefined);
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('a beat that is never answered keeps nobody from beating', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next(SLOW);
    world.database.next('beat', { kind: 'slow', before: 0, after: 60_000 });
    const first = world.present(session.token);
    const second = world.present(session.token, world.process(1));
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('reads that failed meanwhile begin the count anew: an outage for everybody kills no holder', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next(SLOW);
    const first = world.present(session.token);
    const second = world.present(session.token, world.process(1));
    await world.time.pass(500);
    world.database.away = true;
    await world.time.pass(11_000);
    world.database.away = false;
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('a read that came late begins the count anew as well: the waiter may have stood still', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const [holder, waiter] = [world.process(0), world.process(1)];
    world.provider.next(SLOW);
    const calls = [world.present(session.token, holder), world.present(session.token, waiter)];
    await world.time.pass(500);
    waiter.standStill();
    await world.time.pass(200);
    world.database.away = true;
    await world.time.pass(10_500);
    world.database.away = false;
    waiter.goOn();
    // it reads again before the holder has beaten again
    world.database.next('beat', { kind: 'slow', before: 300, after: 0 }, { host: holder });
    expect(await world.answered(...calls)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('the lease of a holder that has beaten meanwhile cannot be taken', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const [holder, other] = [world.process(0), world.process(1)];
    world.provider.next({ kind: 'slow', before: 0, after: 3_000 });
    world.database.next('take', { kind: 'answer lost' }, { host: holder });
    const first = world.present(session.token, holder);
    await world.time.until(() => world.database.count('take') === 1);
    holder.cutOff();
    const second = world.present(session.token, other);
    // the other one finds the holder dead, but its taking comes late
    world.database.next('take', { kind: 'slow', before: 500, after: 0 }, { host: other });
    await world.time.pass(10_060);
    holder.reconnect();
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('of all who see the lease free at the same moment one takes it', async () => {
    const world = await World.open({ processes: 3 });
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 1_000 });
    const calls = world.processes.map((process) => world.present(session.token, process));
    await world.answered(...calls);
    expect(world.database.executed.filter(({ verb }) => verb === 'take').map(({ result }) => result)).toEqual([
      true,
      false,
      false,
    ]);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('a lease is named anew at every taking: what an earlier holder still sends does not free it', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const [holder, other] = [world.process(0), world.process(1)];
    world.provider.next({ kind: 'not now', retryAfter: 60 });
    world.database.next('release', { kind: 'late', after: 13_000 });
    expect((await world.refresh(session.token, holder)).answer).toBe('503');
    // its own lease stays behind; it takes it over from itself when it counts as dead
    world.provider.next({ kind: 'slow', before: 0, after: 4_000 });
    const again = world.present(session.token, holder);
    await world.time.until(() => world.provider.presentations.length === 2);
    const second = world.present(session.token, other);
    expect(await world.answered(again, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(2);
  });
});

describe('rule 3: a taking of unknown outcome', () => {
  test('is found in the row, and used', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('take', { kind: 'answer lost' });
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
    expect(world.time.now).toBeLessThan(1_000);
    expect(world.database.count('take')).toBe(1);
  });

  test('that takes effect later is found, too, and nobody waits for a holder that is nobody', async () => {
    const world = await World.open();
    const session = await world.logIn();
    // the second taking is overtaken by the first
    world.database.next('take', { kind: 'late', after: 150 });
    world.database.next('take', { kind: 'slow', before: 200, after: 0 });
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
    expect(world.time.now).toBeLessThan(2_000);
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('never leads to two holders', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const [one, other] = [world.process(0), world.process(1)];
    world.database.next('take', { kind: 'late', after: 30 }, { host: one });
    const calls = [world.present(session.token, one), world.present(session.token, other)];
    expect(await world.answered(...calls)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(1);
  });
});

describe('rule 4: sending', () => {
  test('whoever took the lease long ago beats before it sends', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const [holder, other] = [world.process(0), world.process(1)];
    world.provider.next({ kind: 'slow', before: 0, after: 3_000 });
    world.database.next('take', { kind: 'answer lost' }, { host: holder });
    const first = world.present(session.token, holder);
    await world.time.until(() => world.database.count('take') === 1);
    holder.cutOff();
    const second = world.present(session.token, other);
    await world.time.pass(9_900);
    holder.reconnect();
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations).toHaveLength(1);
    const { at } = world.provider.presentations[0] ?? { at: 0 };
    const beat = world.database.executed.find(({ verb }) => verb === 'beat');
    expect(beat?.host).toBe(holder);
    expect(beat?.at).toBeLessThanOrEqual(at);
  });

  test('whoever has lost the lease before it could send starts over', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const [holder, other] = [world.process(0), world.process(1)];
    // it takes the lease, and stands still until it counts as dead
    world.database.next('take', { kind: 'slow', before: 0, after: 10 }, { host: holder });
    const first = world.present(session.token, holder);
    await world.time.until(() => world.database.count('take') === 1);
    holder.standStill();
    world.provider.next({ kind: 'slow', before: 0, after: 3_000 });
    const second = world.present(session.token, other);
    await world.time.until(() => world.provider.presentations.length === 1);
    holder.goOn();
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations.map(({ host }) => host)).toEqual([other]);
  });

  test('the provider is not asked when all callers have left before', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.slow.ready = 20_000;
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.pass(10_000);
    expect(world.provider.presentations).toEqual([]);
    expect((await world.database.row(session.id)).lease).toBe('');
    world.provider.slow.ready = 0;
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
  });

  test('the request goes on without its callers, and its answer is stored for whoever comes', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 59_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.pass(50_000);
    const row = await world.database.row(session.id);
    expect([row.generation, row.handedAt, row.lease]).toEqual([2, null, '']);
    await world.time.pass(3_600_000);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('whoever comes while the request is under way joins it', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 20_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    const joined = await world.refresh(session.token);
    expect(joined.answer).toBe('generation 2');
    expect((await world.database.row(session.id)).handedAt).not.toBeNull();
    expect(world.provider.presentations).toHaveLength(1);
  });
});
