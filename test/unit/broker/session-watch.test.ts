import { describe, expect, test } from '@jest/globals';
import { SessionWatch } from '../../../lib/broker/session-watch.js';
import { Bench, HOUR } from './broker-parts.js';

/** A bench whose store has the session `alive`, and counts how often it is asked. */
async function watched(interval: number) {
  const bench = new Bench();
  await bench.store.insert({ id: 'alive', sealed: 'x', lifetime: 24 * HOUR, sidKey: '', subKey: '' });
  const watch = new SessionWatch(bench.access, bench.timing, interval);
  const asked: string[] = [];
  const lives = bench.store.lives.bind(bench.store);
  bench.store.lives = (id) => {
    asked.push(id);
    return lives(id);
  };
  return { bench, watch, asked };
}

describe('the store is asked', () => {
  test('at every request with interval 0', async () => {
    const { watch, asked } = await watched(0);
    watch.lived('alive');
    expect([await watch.lives('alive'), await watch.lives('alive')]).toEqual([true, true]);
    expect(asked).toHaveLength(2);
  });

  test('when the latest answer is as old as the interval', async () => {
    const { bench, watch, asked } = await watched(30_000);
    await watch.lives('alive');
    await bench.time.pass(29_999);
    expect([watch.lives('alive'), asked.length]).toEqual([true, 1]);
    await bench.time.pass(1);
    expect([await watch.lives('alive'), asked.length]).toEqual([true, 2]);
  });

  test('never with interval Infinity', async () => {
    const { watch, asked } = await watched(Infinity);
    expect([watch.lives('alive'), watch.lives('nobody'), asked]).toEqual([true, true, []]);
  });

  test('once for those who ask at the same time', async () => {
    const { watch, asked } = await watched(30_000);
    expect(await Promise.all([watch.lives('alive'), watch.lives('alive')])).toEqual([true, true]);
    expect(asked).toHaveLength(1);
  });

  test('not about a session that has just begun here', async () => {
    const { watch, asked } = await watched(30_000);
    watch.lived('new');
    expect([watch.lives('new'), asked]).toEqual([true, []]);
  });
});

describe('a session has ended', () => {
  test.each([0, 30_000, Infinity])('at once where it was ended, with interval %d', async (interval) => {
    const { watch, asked } = await watched(interval);
    watch.lived('alive');
    watch.ended('alive');
    expect([watch.lives('alive'), asked]).toEqual([false, []]);
  });

  test('for good', async () => {
    const { watch } = await watched(30_000);
    watch.ended('alive');
    watch.lived('alive');
    expect(watch.lives('alive')).toBe(false);
  });

  test('if the store says so, and is not asked again', async () => {
    const { bench, watch, asked } = await watched(30_000);
    await bench.store.end('alive', 'logout');
    expect([await watch.lives('alive'), await watch.lives('alive'), await watch.lives('nobody')]).toEqual([
      false,
      false,
      false,
    ]);
    expect(asked).toEqual(['alive', 'nobody']);
  });

  test('although an answer from before comes later', async () => {
    const { bench, watch } = await watched(30_000);
    bench.store.lives = () => new Promise((resolve) => bench.time.after(100, undefined, () => resolve(true)));
    const asking = Promise.resolve(watch.lives('alive'));
    await bench.time.pass(50);
    watch.ended('alive');
    expect(await bench.time.outcomeOf(asking)).toBe(false);
    expect(watch.lives('alive')).toBe(false);
  });
});

test('an answer is as old as its question', async () => {
  const { bench, watch } = await watched(30_000);
  bench.store.lives = () => new Promise((resolve) => bench.time.after(20_000, undefined, () => resolve(true)));
  await bench.time.outcomeOf(Promise.resolve(watch.lives('alive')));
  expect(watch.lives('alive')).toBe(true);
  await bench.time.pass(10_000);
  expect(watch.lives('alive')).toBeInstanceOf(Promise);
});

test('while nobody can say, it is a store that is not available, and the next one asks again', async () => {
  const { bench, watch } = await watched(30_000);
  const lives = bench.store.lives.bind(bench.store);
  bench.store.lives = () => Promise.reject(new Error('away'));
  await expect(watch.lives('alive')).rejects.toMatchObject({ status: 503, reason: 'store_unreachable' });
  bench.store.lives = lives;
  expect(await watch.lives('alive')).toBe(true);
});

test('no more than 50,000 sessions are remembered, those heard of last', async () => {
  const { watch } = await watched(30_000);
  for (let count = 0; count < 50_000; count += 1) watch.lived(`session ${count}`);
  watch.lived('session 0');
  watch.lived('session 50000');
  expect([watch.lives('session 0'), watch.lives('session 2'), await watch.lives('session 1')]).toEqual([
    true,
    true,
    false,
  ]);
});
