import { describe, expect, test } from '@jest/globals';
import type { BrokerStore } from '../../../lib/broker/index.js';
import { World } from '../../support/broker-world.js';

const PATIENCE = 15_000;

/** Lets statements of a kind fail from now on, whatever is read. @returns how many have been made */
function refuse(world: World, verb: keyof BrokerStore, most = Infinity): () => number {
  let made = 0;
  world.database.mishap = (statement) => {
    if (statement.verb !== verb) return undefined;
    made += 1;
    return made <= most ? { kind: 'fails' } : undefined;
  };
  return () => made;
}

describe('nobody waits forever', () => {
  test.each([
    ['the provider never answers', (world: World) => world.provider.next({ kind: 'slow', before: 0, after: 1e9 })],
    ['the provider gets never ready', (world: World) => (world.provider.slow.ready = 1e9)],
    ['the user cannot be described', (world: World) => (world.provider.slow.describe = 1e9)],
    [
      'the commit is never answered',
      (world: World) => world.database.next('commit', { kind: 'slow', before: 0, after: 1e9 }),
    ],
    [
      'the taking is never answered',
      (world: World) => world.database.next('take', { kind: 'slow', before: 0, after: 1e9 }),
    ],
    ['the row cannot be read', (world: World) => world.database.next('read', { kind: 'slow', before: 1e9, after: 0 })],
    ['no lease can be taken', (world: World) => refuse(world, 'take')],
    ['nothing can be committed', (world: World) => refuse(world, 'commit')],
  ])('when %s', async (_, happens) => {
    const world = await World.open();
    const session = await world.logIn();
    happens(world);
    const call = await world.refresh(session.token);
    expect([call.answer, (call.settled ?? 0) - call.at]).toEqual(['503', PATIENCE]);
  });

  test('a database that cannot be reached is told at once', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.away = true;
    const call = await world.refresh(session.token);
    expect(call.answer).toBe('503');
    expect((call.settled ?? 0) - call.at).toBeLessThan(1_000);
  });

  test('patience counts from when the token was presented, also where it has to be presented again', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 12_000 });
    world.database.next('commit', { kind: 'slow', before: 0, after: 1_500 });
    const first = world.present(session.token);
    await world.time.until(() => world.database.count('commit') === 1);
    world.database.mishap = ({ verb }) => (verb === 'read' ? { kind: 'slow', before: 1e9, after: 0 } : undefined);
    const joined = world.present(session.token);
    expect(await world.answered(first, joined)).toEqual(['generation 2', '503']);
    expect((joined.settled ?? 0) - joined.at).toBe(PATIENCE);
  });
});

describe('a database that can be read and not written', () => {
  test.each(['take', 'commit', 'end', 'stamp'] as const)('is not asked all the time: %s', async (verb) => {
    const world = await World.open();
    const session = await world.logIn();
    if (verb === 'end') await world.refresh((await world.refresh(session.token)).successor);
    if (verb === 'stamp') {
      world.provider.next({ kind: 'slow', before: 0, after: 20_000 });
      await world.refresh(session.token);
      await world.time.pass(20_000);
    }
    const made = refuse(world, verb);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('503');
    expect(made()).toBeGreaterThan(1);
    expect(made()).toBeLessThanOrEqual(PATIENCE / 100 + 1);
  });

  test('is not asked all the time by whoever can take a lease and not keep it', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.slow.ready = 5_000;
    const made = refuse(world, 'beat');
    const call = world.present(session.token);
    await world.time.until(() => world.database.count('take') === 1);
    await world.time.pass(3_000);
    world.provider.slow.ready = 0;
    expect(await world.answered(call)).toEqual(['503']);
    expect(made()).toBeLessThanOrEqual((2 * PATIENCE) / 100);
    expect(world.provider.presentations).toEqual([]);
  });

  test.each(['take', 'commit', 'end'] as const)('does not freeze the process it lives in: %s', async (verb) => {
    const world = await World.open({ processes: 1 });
    const session = await world.logIn();
    if (verb === 'end') await world.refresh((await world.refresh(session.token)).successor);
    const made = refuse(world, verb, 1_000);
    world.database.instant = true;
    expect((await world.refresh(session.token)).answer).toBe('503');
    expect(made()).toBeLessThanOrEqual(PATIENCE / 100 + 1);
  });
});

describe('when all callers have left', () => {
  test('a lease that was only being taken is free again', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('take', { kind: 'slow', before: 0, after: 16_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.pass(2_000);
    expect((await world.database.row(session.id)).lease).toBe('');
    expect(world.provider.presentations).toEqual([]);
  });

  test('whoever comes while it is given up is served all the same', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('take', { kind: 'slow', before: 0, after: 16_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    world.database.next('release', { kind: 'slow', before: 0, after: 3_000 });
    await world.time.pass(1_500);
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
  });

  test('nobody is judged any more', async () => {
    const world = await World.open();
    const session = await world.logIn();
    await world.refresh(session.token);
    await world.time.pass(11_000);
    // the second look comes when its caller has left
    const call = world.present(session.token);
    await world.time.pass(3_000);
    world.database.next('read', { kind: 'slow', before: 0, after: 13_000 });
    expect(await world.answered(call)).toEqual(['503']);
    await world.time.pass(10_000);
    expect((await world.database.row(session.id)).ended).toBe('');
  });

  test('no timer is left', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 20_000 });
    const calls = world.processes.map((process) => world.present(session.token, process));
    await world.answered(...calls);
    await world.time.pass(10_000);
    expect(world.time.pending).toBe(0);
  });
});

describe('closing', () => {
  test('waits for the answer that is under way, and stores it', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 5_000 });
    const call = world.present(session.token);
    await world.time.pass(100);
    await world.time.outcomeOf(world.process(0).broker.close());
    expect(call.answer).toBe('generation 2');
    expect((await world.database.row(session.id)).generation).toBe(2);
    expect(world.time.pending).toBe(0);
  });

  test.each([
    ['a database that is away', (world: World) => (world.database.away = true)],
    ['a database that can only be read', (world: World) => refuse(world, 'commit')],
  ])('does not wait for %s longer than twenty seconds', async (_, happens) => {
    const world = await World.open();
    const session = await world.logIn();
    const call = world.present(session.token);
    await world.time.until(() => world.provider.presentations.length === 1);
    happens(world);
    const begun = world.time.now;
    await world.time.outcomeOf(world.process(0).broker.close());
    expect(world.time.now - begun).toBeLessThanOrEqual(20_000);
    expect(call.answer).toBe('503');
    await world.time.pass(10_000);
    expect(world.time.pending).toBe(0);
  });
});
