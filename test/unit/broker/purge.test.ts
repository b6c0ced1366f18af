import { describe, expect, test } from '@jest/globals';
import { Purge } from '../../../lib/broker/purge.js';
import { DAY, HOUR } from './broker-parts.js';
import { EndingBench } from './ending-bench.js';

function purging(): { bench: EndingBench; purge: Purge; run: () => Promise<void> } {
  const bench = new EndingBench();
  const purge = new Purge(bench.access, bench.endings, bench.timing);
  return { bench, purge, run: () => bench.time.outcomeOf(purge.run()) };
}

describe('a session that has expired', () => {
  test('is ended, told, revoked and emptied, and gone a day later', async () => {
    const { bench, run } = purging();
    await bench.session('one', {}, HOUR);
    await bench.time.pass(HOUR - 1);
    await run();
    expect(await bench.stateOf('one')).toEqual({ ended: '', holds: true });
    await bench.time.pass(1);
    await run();
    expect(await bench.stateOf('one')).toEqual({ ended: 'expired', holds: false });
    expect([bench.told, bench.revoked]).toEqual([[['expired', 'one']], ['provider-token']]);
    await bench.time.pass(DAY);
    await run();
    expect(await bench.stateOf('one')).toBeUndefined();
  });

  test('lives on if a refresh commits while purge looks at it', async () => {
    const { bench, run } = purging();
    await bench.session('one', {}, HOUR);
    await bench.time.pass(HOUR);
    const read = bench.store.read.bind(bench.store);
    bench.store.read = async (id) => {
      const reading = await read(id);
      await bench.store.commit(id, 1, { sealed: bench.sealed(id, 2), lifetime: HOUR, handed: true });
      return reading;
    };
    await run();
    expect([await bench.stateOf('one'), bench.told, bench.revoked]).toEqual([{ ended: '', holds: true }, [], []]);
  });

  test('lives on if a refresh committed before purge reads it', async () => {
    const { bench, run } = purging();
    await bench.session('one', {}, HOUR);
    await bench.time.pass(HOUR);
    const due = bench.store.due.bind(bench.store);
    bench.store.due = async (limit) => {
      const ids = await due(limit);
      await bench.store.commit('one', 1, { sealed: bench.sealed('one', 2), lifetime: HOUR, handed: true });
      return ids;
    };
    await run();
    expect([await bench.stateOf('one'), bench.revoked]).toEqual([{ ended: '', holds: true }, []]);
  });
});

describe('what an ended session still holds', () => {
  test('is revoked, a minute after its ender had the chance', async () => {
    const { bench, run } = purging();
    await bench.session('one');
    await bench.store.end('one', 'logout');
    await bench.time.pass(59_999);
    await run();
    expect(bench.revoked).toEqual([]);
    await bench.time.pass(1);
    await run();
    expect([bench.revoked, bench.told]).toEqual([['provider-token'], []]);
    expect(await bench.stateOf('one')).toEqual({ ended: 'logout', holds: false });
  });

  test('is tried again every hour while the provider is away, and given up after a day', async () => {
    const { bench, run } = purging();
    let attempts = 0;
    bench.revoking = () => {
      attempts += 1;
      return Promise.reject(new Error('away'));
    };
    await bench.session('one');
    await bench.store.end('one', 'logout');
    await bench.time.pass(60_000);
    await run();
    await bench.time.pass(HOUR - 1);
    await run();
    expect([attempts, await bench.stateOf('one')]).toEqual([1, { ended: 'logout', holds: true }]);
    await bench.time.pass(1);
    await run();
    expect(attempts).toBe(2);
    await bench.time.pass(DAY);
    await run();
    expect(await bench.stateOf('one')).toEqual({ ended: 'logout', holds: false });
    await bench.time.pass(DAY);
    await run();
    expect(await bench.stateOf('one')).toBeUndefined();
  });

  test('is given up after a day if it cannot be opened, and keeps nobody else from being cleared up', async () => {
    const { bench, run } = purging();
    await bench.store.insert({ id: 'broken', sealed: 'nonsense', lifetime: HOUR, sidKey: '', subKey: '' });
    await bench.session('one', {}, HOUR);
    await bench.time.pass(HOUR);
    await run();
    expect(await bench.stateOf('broken')).toEqual({ ended: 'expired', holds: true });
    expect(await bench.stateOf('one')).toEqual({ ended: 'expired', holds: false });
    await bench.time.pass(DAY + 1);
    await run();
    expect(await bench.stateOf('broken')).toEqual({ ended: 'expired', holds: false });
  });
});

describe('a purge', () => {
  test('goes on in steps until nothing is left', async () => {
    const { bench, run } = purging();
    for (let count = 0; count < 250; count += 1) await bench.session(`session ${count}`, {}, HOUR);
    await bench.time.pass(HOUR);
    await run();
    expect([bench.revoked.length, await bench.store.due(1)]).toEqual([250, []]);
    for (let count = 0; count < 250; count += 1) await bench.store.note(`note ${count}`, HOUR);
    await bench.time.pass(DAY);
    await run();
    expect([await bench.stateOf('session 0'), await bench.stateOf('session 249')]).toEqual([undefined, undefined]);
    expect(await bench.store.sweep(1)).toBe(0);
  });

  test('is one, however many ask for it', async () => {
    const { bench, purge } = purging();
    let asked = 0;
    const due = bench.store.due.bind(bench.store);
    bench.store.due = (limit) => {
      asked += 1;
      return due(limit);
    };
    await bench.time.outcomeOf(Promise.all([purge.run(), purge.run(), purge.run()]));
    expect(asked).toBe(1);
  });

  test('ends without error when the store is away, and the next one finds what is left', async () => {
    const { bench, run } = purging();
    await bench.session('one', {}, HOUR);
    await bench.time.pass(HOUR);
    const due = bench.store.due.bind(bench.store);
    bench.store.due = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    await run();
    expect(bench.reports).toEqual([['ECONNREFUSED']]);
    bench.store.due = due;
    await run();
    expect(await bench.stateOf('one')).toEqual({ ended: 'expired', holds: false });
  });
});

describe('purges that were started', () => {
  test('come now and then, and no more once they are stopped', async () => {
    const { bench, purge } = purging();
    const at: number[] = [];
    const due = bench.store.due.bind(bench.store);
    bench.store.due = (limit) => {
      at.push(bench.time.now);
      return due(limit);
    };
    purge.start(HOUR);
    await bench.time.pass(10 * HOUR);
    const waits = at.map((time, index) => time - (at[index - 1] ?? 0));
    expect(waits.filter((wait) => wait < HOUR / 2 || wait > 1.5 * HOUR)).toEqual([]);
    expect(at.length).toBeGreaterThanOrEqual(6);
    await bench.time.outcomeOf(purge.stop());
    const before = at.length;
    await bench.time.pass(10 * HOUR);
    expect([at.length, bench.time.pending]).toEqual([before, 0]);
  });

  test('stop between two sessions', async () => {
    const { bench, purge } = purging();
    for (const id of ['one', 'two', 'three']) await bench.session(id, {}, HOUR);
    await bench.time.pass(HOUR);
    bench.revoking = async () => void purge.stop();
    await bench.time.outcomeOf(purge.run());
    expect(bench.revoked).toHaveLength(1);
    expect(await bench.store.due(10)).toHaveLength(2);
  });
});
