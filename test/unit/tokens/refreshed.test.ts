import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Refreshed } from '../../../lib/tokens/refreshed.js';
import { settled, unavailable, ValueSource } from './value-source.js';

let source: ValueSource;
let refreshed: Refreshed<string>;
beforeEach(() => {
  source = new ValueSource();
  refreshed = source.refreshed();
});

describe('a value from elsewhere', () => {
  it('is not fetched before somebody needs it', async () => {
    expect(refreshed.current()).toBeUndefined();
    await settled();
    expect(source.fetches).toBe(0);
  });

  it('is fetched once, and held', async () => {
    expect(await refreshed.get()).toBe('value 1');
    expect(await refreshed.get()).toBe('value 1');
    expect(refreshed.current()).toBe('value 1');
    expect(source.fetches).toBe(1);
  });

  it('is fetched once for all who wait for it', async () => {
    const held = source.hold();
    const waiting = Array.from({ length: 50 }, () => refreshed.get());
    held.release('one');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['one']));
    expect(source.fetches).toBe(1);
  });

  it('is missed by all who wait, if the one fetch fails', async () => {
    const held = source.hold();
    const waiting = [refreshed.get(), refreshed.get()];
    held.break();
    for (const one of waiting) await expect(one).rejects.toEqual(unavailable(1));
    expect(source.fetches).toBe(1);
  });

  it('is not believed to be there after a fetch that threw at once', async () => {
    source.answer = () => {
      throw new Error('no answer');
    };
    await expect(refreshed.get()).rejects.toEqual(unavailable(1));
    source.clock.pass(1);
    source.up();
    expect(await refreshed.get()).toBe('value 2');
  });
});

describe('a fetch that fails with nothing in hand', () => {
  beforeEach(() => source.down());

  it('is tried again after 1, 2, 4, … seconds, and no less often than once per cooldown', async () => {
    for (const wait of [1, 2, 4, 8, 16, 30, 30, 30]) {
      const before = source.fetches;
      await expect(refreshed.get()).rejects.toEqual(unavailable(wait));
      source.clock.pass(wait - 0.001);
      await expect(refreshed.get()).rejects.toEqual(unavailable(1));
      expect(source.fetches).toBe(before + 1);
      source.clock.pass(0.001);
    }
  });

  it('says how long to wait, in whole seconds', async () => {
    for (const wait of [1, 2, 4]) {
      await expect(refreshed.get()).rejects.toEqual(unavailable(wait));
      source.clock.pass(wait);
    }
    await expect(refreshed.get()).rejects.toEqual(unavailable(8));
    source.clock.pass(4.5);
    await expect(refreshed.get()).rejects.toEqual(unavailable(4));
  });

  it('begins to count anew after a success', async () => {
    for (const wait of [1, 2, 4]) {
      await refreshed.get().catch(() => undefined);
      source.clock.pass(wait);
    }
    source.up();
    await refreshed.get();
    source.down();
    source.clock.pass(3_600);
    await expect(refreshed.get()).rejects.toEqual(unavailable(1));
  });
});

describe('a value that grows old', () => {
  beforeEach(async () => {
    await refreshed.get();
  });

  it('is renewed behind the backs of those who use it', async () => {
    source.clock.pass(599);
    expect(refreshed.current()).toBe('value 1');
    await settled();
    expect(source.fetches).toBe(1);
    source.clock.pass(1);
    expect(refreshed.current()).toBe('value 1');
    expect(await refreshed.get()).toBe('value 1');
    await settled();
    expect(source.fetches).toBe(2);
    expect(refreshed.current()).toBe('value 2');
  });

  it('is used while its successor is waited for, however many ask', async () => {
    const held = source.hold();
    source.clock.pass(600);
    for (let n = 0; n < 20; n++) expect(await refreshed.get()).toBe('value 1');
    expect(source.fetches).toBe(2);
    held.release('new');
    await settled();
    expect(refreshed.current()).toBe('new');
  });

  it('is used while fetching fails, with one fetch per cooldown', async () => {
    source.down();
    source.clock.pass(600);
    for (let n = 0; n < 5; n++) {
      for (let request = 0; request < 10; request++) {
        expect(await refreshed.get()).toBe('value 1');
        await settled();
      }
      expect(source.fetches).toBe(2 + n);
      source.clock.pass(30);
    }
  });

  it('is given up at its maximum age', async () => {
    source.down();
    source.clock.pass(3_599.999);
    expect(await refreshed.get()).toBe('value 1');
    await settled();
    source.clock.pass(0.001);
    expect(refreshed.current()).toBeUndefined();
    await expect(refreshed.get()).rejects.toEqual(unavailable(30));
  });

  it.each([1_200, 3_600])('is waited for, if nobody asked for it in %d seconds', async (seconds) => {
    source.clock.pass(seconds);
    expect(refreshed.current()).toBeUndefined();
    expect(await refreshed.get()).toBe('value 2');
  });

  it('is used all the same, if that fails', async () => {
    source.down();
    source.clock.pass(1_200);
    expect(await refreshed.get()).toBe('value 1');
    expect(refreshed.current()).toBe('value 1');
    expect(source.fetches).toBe(2);
  });

  it('is back as soon as fetching works again', async () => {
    source.down();
    source.clock.pass(3_600);
    await expect(refreshed.get()).rejects.toEqual(unavailable(1));
    source.up();
    source.clock.pass(1);
    expect(await refreshed.get()).toBe('value 3');
  });

  it('is as old as its last fetch, which may have said the same', async () => {
    refreshed = source.refreshed((a, b) => a.length === b.length);
    const first = await refreshed.get();
    source.clock.pass(600);
    refreshed.current();
    await settled();
    source.clock.pass(1_199);
    expect(refreshed.current()).toBe(first);
  });
});
