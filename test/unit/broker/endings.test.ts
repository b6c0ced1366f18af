import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR } from './broker-parts.js';
import { EndingBench } from './ending-bench.js';

async function withSession(others: Parameters<EndingBench['session']>[1] = {}): Promise<EndingBench> {
  const bench = new EndingBench();
  await bench.session('one', others);
  return bench;
}

describe('a session that ends', () => {
  test('ends in its row, is revoked and emptied, and is told once', async () => {
    const bench = await withSession();
    const both = [bench.endings.end('one', 'logout'), bench.endings.end('one', 'revoked')];
    expect(await bench.time.outcomeOf(Promise.all(both))).toEqual([true, false]);
    expect(await bench.stateOf('one')).toEqual({ ended: 'logout', holds: false });
    expect([bench.revoked, bench.told]).toEqual([['provider-token'], [['logout', 'one']]]);
    expect(bench.watch.lives('one')).toBe(false);
    // nobody waits once the provider has confirmed
    expect(bench.time.now).toBe(0);
  });

  test('ends before it is read: what a refresh left meanwhile is what gets revoked', async () => {
    const bench = await withSession();
    const end = bench.store.end.bind(bench.store);
    bench.store.end = async (...given) => {
      const sealed = bench.sealed('one', 2, { refreshToken: 'newer-token' });
      await bench.store.commit('one', 1, { sealed, lifetime: DAY, handed: true });
      return end(...given);
    };
    expect(await bench.time.outcomeOf(bench.endings.end('one', 'logout'))).toBe(true);
    expect(bench.revoked).toEqual(['newer-token']);
  });

  test('lives on if the condition does not hold', async () => {
    const bench = await withSession();
    expect(await bench.endings.end('one', 'refused', { generation: 2 })).toBe(false);
    expect(await bench.stateOf('one')).toEqual({ ended: '', holds: true });
    expect([bench.revoked, bench.told]).toEqual([[], []]);
  });

  test('may have done so when the store fails', async () => {
    const bench = await withSession();
    bench.store.end = () => Promise.reject(new Error('away'));
    await expect(bench.endings.end('one', 'logout')).rejects.toMatchObject({ reason: 'store_unreachable' });
    expect(bench.told).toEqual([]);
  });

  test.each([
    ['has no refresh token', { refreshToken: undefined }],
    ['has one that has expired', { refreshExpiresAt: 1 }],
  ])('and %s is emptied without asking the provider', async (_, content) => {
    const bench = await withSession(content);
    await bench.time.outcomeOf(bench.endings.end('one', 'logout'));
    expect([await bench.stateOf('one'), bench.revoked]).toEqual([{ ended: 'logout', holds: false }, []]);
  });

  test('keeps what it holds while the provider has not confirmed', async () => {
    const bench = await withSession();
    bench.revoking = () => Promise.reject(new Error('away'));
    expect(await bench.time.outcomeOf(bench.endings.end('one', 'logout'))).toBe(true);
    expect(await bench.stateOf('one')).toEqual({ ended: 'logout', holds: true });
  });
});

describe('clearing up', () => {
  test('leaves a session alone that lives, or is gone', async () => {
    const bench = await withSession();
    expect([await bench.endings.clearUp('one'), await bench.endings.clearUp('nobody')]).toEqual([true, true]);
    expect([await bench.stateOf('one'), bench.revoked]).toEqual([{ ended: '', holds: true }, []]);
  });

  test('is not done while a row cannot be opened', async () => {
    const bench = new EndingBench();
    await bench.store.insert({ id: 'one', sealed: 'nonsense', lifetime: HOUR, sidKey: '', subKey: '' });
    await bench.store.end('one', 'logout');
    expect(await bench.endings.clearUp('one')).toBe(false);
  });
});

describe('a provider that never answers', () => {
  const never = () => new Promise<void>(() => undefined);

  test.each<[string, (bench: EndingBench) => Promise<unknown>]>([
    ['ends a session', (bench) => bench.endings.end('one', 'logout')],
    ['revokes a token', (bench) => bench.endings.revoke('stray-token')],
  ])('keeps whoever %s for three seconds', async (_, act) => {
    const bench = await withSession();
    bench.revoking = never;
    const before = bench.time.now;
    await bench.time.outcomeOf(act(bench));
    expect(bench.time.now - before).toBe(3_000);
  });

  test('and one that answers late is waited for when the application closes', async () => {
    const bench = await withSession();
    bench.revoking = () => new Promise((resolve) => bench.time.after(20_000, undefined, resolve));
    await bench.time.outcomeOf(bench.endings.end('one', 'logout'));
    expect(bench.revoked).toEqual([]);
    await bench.time.outcomeOf(bench.endings.settled());
    expect([bench.revoked, await bench.stateOf('one')]).toEqual([
      ['provider-token'],
      { ended: 'logout', holds: false },
    ]);
  });
});

test('a token that no row holds is revoked as well as it can be done', async () => {
  const bench = new EndingBench();
  await bench.endings.revoke(undefined);
  await bench.time.outcomeOf(bench.endings.revoke('stray-token'));
  bench.revoking = () => Promise.reject(new Error('away'));
  await expect(bench.time.outcomeOf(bench.endings.revoke('another'))).resolves.toBeUndefined();
  expect(bench.revoked).toEqual(['stray-token']);
});
