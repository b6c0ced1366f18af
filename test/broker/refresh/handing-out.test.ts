import { describe, expect, test } from '@jest/globals';
import { World, type Login } from '../../support/broker-world.js';

const HOUR = 3_600_000;

/** Who never got a successor comes back with the old token, however late. */
async function comesBack(world: World, session: Login, process = world.process(1)): Promise<void> {
  await world.time.pass(HOUR);
  expect((await world.refresh(session.token, process)).answer).toBe('generation 2');
  expect(world.provider.presentations).toHaveLength(1);
}

describe('nobody is taken for a thief who never got the successor', () => {
  test('because the last caller left while it was written', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 14_900 });
    world.database.next('commit', { kind: 'slow', before: 0, after: 200 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await comesBack(world, session);
  });

  test('because the last caller left while the successor was being stamped after an unknown commit', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 14_700 });
    world.database.next('commit', { kind: 'answer lost' });
    world.database.next('stamp', { kind: 'slow', before: 0, after: 500 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await comesBack(world, session);
  });

  test('because the last caller left while another process stamped the successor', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 20_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.pass(20_000);
    world.database.next('stamp', { kind: 'slow', before: 0, after: 16_000 });
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('503');
    await world.time.pass(10_000);
    await comesBack(world, session, world.process(0));
  });

  test('because the stamp of another process had an unknown outcome and the database went away', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 20_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.pass(20_000);
    world.database.next('stamp', { kind: 'answer lost' });
    const call = world.present(session.token, world.process(1));
    await world.time.until(() => world.database.count('stamp') === 1);
    world.database.away = true;
    expect(await world.answered(call)).toEqual(['503']);
    await world.time.pass(60_000);
    world.database.away = false;
    await comesBack(world, session, world.process(0));
  });

  test('because its answer came when everybody had left', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 30_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.pass(30_000);
    await comesBack(world, session);
  });
});

describe('the replay window counts from when the successor came into somebody’s hands', () => {
  test('also where the commit was answered late', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('commit', { kind: 'slow', before: 0, after: 12_000 });
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
    await world.time.pass(5_000);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
  });

  test('and nobody is kept from it by a database that takes seconds to write', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.mishap = ({ verb }) =>
      verb === 'commit' || verb === 'stamp' ? { kind: 'slow', before: 0, after: 4_000 } : undefined;
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
  });

  test('also where there is no replay window', async () => {
    const world = await World.open({ replayWindow: 0 });
    const session = await world.logIn();
    const second = await world.refresh(session.token);
    await world.time.pass(100);
    expect((await world.refresh(session.token)).answer).toBe('400 invalid_grant');
    expect((await world.refresh(second.successor)).answer).toBe('400 invalid_grant');
  });

  test('also where the process stood still before it learnt of its commit', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const call = world.present(session.token);
    await world.time.until(() => world.database.count('commit') === 1);
    world.process(0).standStill();
    await world.time.pass(12_000);
    world.process(0).goOn();
    expect(await world.answered(call)).toEqual(['generation 2']);
    await world.time.pass(5_000);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
  });

  test('also where the stamp was answered late', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 20_000 });
    await world.refresh(session.token);
    await world.time.pass(20_000);
    world.database.next('stamp', { kind: 'slow', before: 0, after: 12_000 });
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
    await world.time.pass(5_000);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
  });

  test('after a commit of unknown outcome and an outage: it is stamped anew', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('commit', { kind: 'answer lost' });
    const first = world.present(session.token);
    await world.time.until(() => world.database.count('commit') === 1);
    world.database.away = true;
    await world.time.pass(12_000);
    world.database.away = false;
    expect(await world.answered(first)).toEqual(['generation 2']);
    await world.time.pass(8_000);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
  });

  test('whoever seems too late looks once more two beats later: the holder may be learning the fate of its commit', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('commit', { kind: 'answer lost' });
    const first = world.present(session.token);
    await world.time.until(() => world.database.count('commit') === 1);
    world.process(0).cutOff();
    await world.time.pass(12_000);
    const second = world.present(session.token, world.process(1));
    await world.time.pass(1_000);
    world.process(0).reconnect();
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect((await world.database.row(session.id)).ended).toBe('');
  });

  test('also where it turns out at the last moment that nobody has it', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('commit', { kind: 'answer lost' });
    const first = world.present(session.token);
    await world.time.until(() => world.database.count('commit') === 1);
    world.process(0).cutOff();
    await world.time.pass(12_000);
    const second = world.present(session.token, world.process(1));
    world.database.next('end', { kind: 'slow', before: 1_000, after: 0 }, { host: world.process(1) });
    await world.time.pass(4_500);
    world.process(0).reconnect();
    expect(await world.answered(first, second)).toEqual(['503', 'generation 2']);
    expect((await world.database.row(session.id)).ended).toBe('');
  });

  test('and begins when whoever joined during the commit gets it', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'slow', before: 0, after: 15_500 });
    world.database.next('commit', { kind: 'slow', before: 0, after: 1_000 });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.until(() => world.database.count('commit') === 1);
    // the row says that nobody has it, and now somebody comes
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
    expect((await world.database.row(session.id)).handedAt).not.toBeNull();
    await world.time.pass(11_000);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('400 invalid_grant');
  });
});
