import { describe, expect, test } from '@jest/globals';
import { ConfigurationError, GrantError, StoreUnavailableError } from '../../../lib/errors/index.js';
import { Bench } from './broker-parts.js';

const refused = () => Promise.reject(Object.assign(new Error('hunter2 was refused'), { code: 'ECONNREFUSED' }));
const mend = () => Promise.reject(new ConfigurationError(['broker.store: the tables are missing.']));

/** A store that opens as `open` says, which can be changed, and counts the attempts. */
function opening(open: () => Promise<void>) {
  const bench = new Bench();
  const state = { open, attempts: 0, prepared: 0 };
  bench.store.open = () => {
    state.attempts += 1;
    return state.open();
  };
  const access = bench.accessTo(bench.store, async () => {
    state.prepared += 1;
  });
  return { bench, state, access };
}

describe('at boot', () => {
  test('the store is opened and made ready, once', async () => {
    const { state, access } = opening(() => Promise.resolve());
    await access.start();
    await access.use((store) => store.keys());
    expect([state.attempts, state.prepared]).toEqual([1, 1]);
  });

  test('a store that cannot be reached stops nobody', async () => {
    const { bench, access } = opening(refused);
    await expect(access.start()).resolves.toBeUndefined();
    expect(bench.reports).toEqual([['ECONNREFUSED']]);
  });

  test('what an administrator has to mend does', async () => {
    const { access } = opening(mend);
    await expect(access.start()).rejects.toThrow(ConfigurationError);
  });
});

describe('a store that cannot be opened', () => {
  test('is tried again at the first need after a time that grows up to ten seconds', async () => {
    const { bench, state, access } = opening(refused);
    await access.start();
    const waits: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      const before = bench.time.now;
      const attempts = state.attempts;
      while (state.attempts === attempts) {
        await bench.time.pass(100);
        await expect(access.use((store) => store.keys())).rejects.toThrow(StoreUnavailableError);
      }
      waits.push(bench.time.now - before);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  test('is used as soon as it can be, and its failures are forgotten', async () => {
    const { bench, state, access } = opening(refused);
    await access.start();
    await bench.time.pass(500);
    state.open = () => Promise.resolve();
    expect(await access.use((store) => store.keys())).toEqual([]);
    expect(await access.use((store) => store.keys())).toEqual([]);
    expect(state.attempts).toBe(2);
  });

  test('says when trying again makes sense', async () => {
    const { bench, access } = opening(refused);
    await access.start();
    await bench.time.pass(500);
    await access.use((store) => store.keys()).catch(() => undefined);
    await bench.time.pass(100);
    await expect(access.use((store) => store.keys())).rejects.toMatchObject({ retryAfter: 0.9 });
  });

  test('is tried by one of those who need it', async () => {
    const { state, access } = opening(refused);
    const needs = Array.from({ length: 8 }, () => access.use((store) => store.keys()));
    const outcomes = await Promise.allSettled(needs);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(8).fill('rejected'));
    expect(state.attempts).toBe(1);
  });

  test('because of its configuration is told with the remedy, and is a 503 while it runs', async () => {
    const { bench, access } = opening(mend);
    await expect(access.use((store) => store.keys())).rejects.toMatchObject({ status: 503 });
    expect(bench.reports).toEqual([['configuration', 'broker.store: the tables are missing.']]);
  });

  test('because of its configuration stops the boot, and is told by that alone', async () => {
    const { bench, access } = opening(mend);
    await expect(access.start()).rejects.toThrow('broker.store: the tables are missing.');
    expect(bench.reports).toEqual([]);
  });
});

describe('a verb that fails', () => {
  test('is a store that is not available, and the next one is tried at once', async () => {
    const { bench, access } = opening(() => Promise.resolve());
    await expect(access.use(refused)).rejects.toThrow(StoreUnavailableError);
    expect(await access.use((store) => store.keys())).toEqual([]);
    expect(bench.reports).toEqual([['ECONNREFUSED']]);
  });

  test('with an error of our own stays what it is', async () => {
    const { bench, access } = opening(() => Promise.resolve());
    const error = new GrantError('invalid_grant', 'grant_refused', 'It is worth nothing.');
    await expect(access.use(() => Promise.reject(error))).rejects.toBe(error);
    expect(bench.reports).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['40P01', Object.assign(new Error('hunter2'), { code: '40P01' })],
    ['11000', Object.assign(new Error('hunter2'), { code: 11000 })],
    ['TypeError', new TypeError('hunter2')],
    ['QueryFailedError', Object.assign(new Error('hunter2'), { name: 'QueryFailedError', code: 'it was hunter2' })],
    ['unknown', 'hunter2'],
    ['unknown', null],
    ['unknown', undefined],
    ['unknown', { code: 'x'.repeat(65) }],
  ])('is told as %s and nothing else', async (code, error) => {
    const { bench, access } = opening(() => Promise.resolve());
    const thrown = await access.use(() => Promise.reject(error as Error)).catch((one: unknown) => one);
    expect(thrown).toBeInstanceOf(StoreUnavailableError);
    expect((thrown as Error).cause).toBeUndefined();
    expect(bench.reports).toEqual([[code]]);
  });
});

describe('after close', () => {
  test('a store that was never reached is not opened any more', async () => {
    const { bench, state, access } = opening(refused);
    await access.start();
    await access.close();
    await bench.time.pass(60_000);
    await expect(access.use((store) => store.keys())).rejects.toThrow(StoreUnavailableError);
    expect(state.attempts).toBe(1);
  });

  test('nothing is open, even if it was being opened', async () => {
    const { bench, state, access } = opening(() => Promise.resolve());
    const order: string[] = [];
    state.open = () => new Promise((resolve) => bench.time.after(100, undefined, resolve));
    bench.store.close = async () => void order.push('closed');
    const starting = access.start().then(() => order.push('opened'));
    await bench.time.outcomeOf(Promise.all([starting, access.close()]));
    expect(order.at(-1)).toBe('closed');
  });
});
