import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refreshed } from '../../../lib/tokens/refreshed.js';
import { FakeClock } from '../fake-clock.js';

const times = { refreshAfter: 600_000, maxAge: 3_600_000, cooldown: 30_000 };
const broken = new Error('no answer');

let clock: FakeClock;
let fetches: number;
/** What the next fetches find. */
let answer: () => Promise<string>;
let refreshed: Refreshed<string>;

beforeEach(() => {
  clock = new FakeClock();
  fetches = 0;
  answer = () => Promise.resolve(`value ${fetches}`);
  refreshed = make();
});

function make(same?: (a: string, b: string) => boolean): Refreshed<string> {
  const fetchValue = () => {
    fetches++;
    return answer();
  };
  return new Refreshed(fetchValue, times, clock.now, same);
}

const down = () => (answer = () => Promise.reject(broken));
const up = () => (answer = () => Promise.resolve(`value ${fetches}`));
/** Lets fetches in the background come to their end. */
const settled = () => setImmediate();
const unavailable = (retryAfter: number) => expect.objectContaining({ name: 'Unavailable', retryAfter, cause: broken });

/** Holds the next fetch until it is let go. */
function held() {
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((...ways) => ([resolve, reject] = ways));
  answer = () => promise;
  return { resolve, reject };
}

describe('a value from elsewhere', () => {
  it('is not fetched before somebody needs it', async () => {
    expect(refreshed.current()).toBeUndefined();
    await settled();
    expect(fetches).toBe(0);
  });

  it('is fetched once, and held', async () => {
    expect(await refreshed.get()).toBe('value 1');
    expect(await refreshed.get()).toBe('value 1');
    expect(refreshed.current()).toBe('value 1');
    expect(fetches).toBe(1);
  });

  it('is fetched once for all who wait for it', async () => {
    const { resolve } = held();
    const waiting = Array.from({ length: 50 }, () => refreshed.get());
    resolve('one');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['one']));
    expect(fetches).toBe(1);
  });

  it('is missed by all who wait, if the one fetch fails', async () => {
    const { reject } = held();
    const waiting = [refreshed.get(), refreshed.get()];
    reject(broken);
    for (const one of waiting) await expect(one).rejects.toEqual(unavailable(1));
    expect(fetches).toBe(1);
  });

  it('is not believed to be there after a fetch that threw at once', async () => {
    answer = () => {
      throw broken;
    };
    await expect(refreshed.get()).rejects.toEqual(unavailable(1));
    clock.pass(1);
    up();
    expect(await refreshed.get()).toBe('value 2');
  });
});

describe('a fetch that fails with nothing in hand', () => {
  beforeEach(down);

  it('is tried again after 1, 2, 4, … seconds, and no less often than once per cooldown', async () => {
    for (const wait of [1, 2, 4, 8, 16, 30, 30, 30]) {
      const before = fetches;
      await expect(refreshed.get()).rejects.toEqual(unavailable(wait));
      clock.pass(wait - 0.001);
      await expect(refreshed.get()).rejects.toEqual(unavailable(1));
      expect(fetches).toBe(before + 1);
      clock.pass(0.001);
    }
  });

  it('says how long to wait, in whole seconds', async () => {
    for (const wait of [1, 2, 4]) {
      await expect(refreshed.get()).rejects.toEqual(unavailable(wait));
      clock.pass(wait);
    }
    await expect(refreshed.get()).rejects.toEqual(unavailable(8));
    clock.pass(4.5);
    await expect(refreshed.get()).rejects.toEqual(unavailable(4));
  });

  it('begins to count anew after a success', async () => {
    for (const wait of [1, 2, 4]) {
      await refreshed.get().catch(() => undefined);
      clock.pass(wait);
    }
    up();
    await refreshed.get();
    down();
    clock.pass(3_600);
    await expect(refreshed.get()).rejects.toEqual(unavailable(1));
  });
});

describe('a value that grows old', () => {
  beforeEach(async () => {
    await refreshed.get();
  });

  it('is renewed behind the backs of those who use it', async () => {
    clock.pass(599);
    expect(refreshed.current()).toBe('value 1');
    await settled();
    expect(fetches).toBe(1);
    clock.pass(1);
    expect(refreshed.current()).toBe('value 1');
    expect(await refreshed.get()).toBe('value 1');
    await settled();
    expect(fetches).toBe(2);
    expect(refreshed.current()).toBe('value 2');
  });

  it('is used while its successor is waited for, however many ask', async () => {
    const { resolve } = held();
    clock.pass(600);
    for (let n = 0; n < 20; n++) expect(await refreshed.get()).toBe('value 1');
    expect(fetches).toBe(2);
    resolve('new');
    await settled();
    expect(refreshed.current()).toBe('new');
  });

  it('is used while fetching fails, with one fetch per cooldown', async () => {
    down();
    clock.pass(600);
    for (let n = 0; n < 5; n++) {
      for (let request = 0; request < 10; request++) {
        expect(await refreshed.get()).toBe('value 1');
        await settled();
      }
      expect(fetches).toBe(2 + n);
      clock.pass(30);
    }
  });

  it('is given up at its maximum age', async () => {
    down();
    clock.pass(3_599.999);
    expect(await refreshed.get()).toBe('value 1');
    await settled();
    clock.pass(0.001);
    expect(refreshed.current()).toBeUndefined();
    await expect(refreshed.get()).rejects.toEqual(unavailable(30));
  });

  it.each([1_200, 3_600])('is waited for, if nobody asked for it in %d seconds', async (seconds) => {
    clock.pass(seconds);
    expect(refreshed.current()).toBeUndefined();
    expect(await refreshed.get()).toBe('value 2');
  });

  it('is used all the same, if that fails', async () => {
    down();
    clock.pass(1_200);
    expect(await refreshed.get()).toBe('value 1');
    expect(refreshed.current()).toBe('value 1');
    expect(fetches).toBe(2);
  });

  it('is back as soon as fetching works again', async () => {
    down();
    clock.pass(3_600);
    await expect(refreshed.get()).rejects.toEqual(unavailable(1));
    up();
    clock.pass(1);
    expect(await refreshed.get()).toBe('value 3');
  });

  it('is as old as its last fetch, which may have said the same', async () => {
    refreshed = make((a, b) => a.length === b.length);
    const first = await refreshed.get();
    clock.pass(600);
    refreshed.current();
    await settled();
    clock.pass(1_199);
    expect(refreshed.current()).toBe(first);
  });
});

describe('a doubted value', () => {
  let value: string;
  beforeEach(async () => {
    value = await refreshed.get();
  });

  it('is fetched anew, at most once per cooldown', async () => {
    answer = () => Promise.resolve('new');
    expect(await refreshed.newerThan(value)).toBe('new');
    for (let doubt = 0; doubt < 1_000; doubt++) expect(await refreshed.newerThan('new')).toBe('new');
    expect(fetches).toBe(2);
    clock.pass(29.999);
    await refreshed.newerThan('new');
    expect(fetches).toBe(2);
    clock.pass(0.001);
    await refreshed.newerThan('new');
    expect(fetches).toBe(3);
  });

  it('is fetched once for all who doubt it', async () => {
    const { resolve } = held();
    const waiting = Array.from({ length: 50 }, () => refreshed.newerThan(value));
    resolve('new');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['new']));
    expect(fetches).toBe(2);
  });

  it('is not fetched if a newer one is there already', async () => {
    clock.pass(600);
    refreshed.current();
    await settled();
    expect(await refreshed.newerThan(value)).toBe('value 2');
    expect(fetches).toBe(2);
  });

  it('hinders nobody who does not doubt it', async () => {
    held();
    void refreshed.newerThan(value);
    expect(await refreshed.get()).toBe(value);
  });

  it('leaves the question open while fetching fails', async () => {
    down();
    await expect(refreshed.newerThan(value)).rejects.toEqual(unavailable(30));
    await expect(refreshed.newerThan(value)).rejects.toEqual(unavailable(30));
    expect(await refreshed.get()).toBe(value);
    expect(fetches).toBe(2);
    up();
    clock.pass(30);
    expect(await refreshed.newerThan(value)).toBe('value 3');
  });

  it('waits for the cooldown if it was fetched because of a doubt', async () => {
    refreshed.doubted();
    expect(await refreshed.newerThan(value)).toBe(value);
    clock.pass(30);
    expect(await refreshed.newerThan(value)).toBe('value 2');
  });
});

describe('however requests, doubts, faults and time follow each other', () => {
  it('failures and doubts together cause no more fetches than back-off and cooldown allow', async () => {
    const step = fc.record({ doubt: fc.boolean(), fails: fc.boolean(), pass: fc.integer({ min: 0, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        clock = new FakeClock();
        fetches = 0;
        up();
        refreshed = make();
        const value = await refreshed.get();
        const begun = clock.now();
        for (const { doubt, fails, pass } of steps) {
          if (fails) down();
          else up();
          const asked = doubt ? refreshed.newerThan(refreshed.current() ?? value) : refreshed.get();
          await asked.catch(() => undefined);
          await settled();
          clock.pass(pass);
        }
        const cooldowns = Math.floor((clock.now() - begun) / times.cooldown);
        const renewals = Math.floor((clock.now() - begun) / times.refreshAfter);
        expect(fetches).toBeLessThanOrEqual(2 + cooldowns + renewals);
      }),
    );
  });
});
