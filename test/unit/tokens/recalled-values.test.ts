import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Fetched } from '../../../lib/tokens/refreshed.js';
import { settled, times, unavailable, ValueSource } from './value-source.js';

let source: ValueSource;
/** What was kept, and how often it was asked for. */
let kept: Fetched<string> | undefined;
let recalls: number;
beforeEach(() => {
  source = new ValueSource();
  kept = { value: 'kept', at: source.clock.now() };
  recalls = 0;
});

const recalling = (recall = () => Promise.resolve(kept)) =>
  source.refreshed(undefined, () => {
    recalls++;
    return recall();
  });

describe('a value that was kept', () => {
  it('is recalled at the first need, and nothing is fetched as long as it is young', async () => {
    const refreshed = recalling();
    expect(refreshed.current()).toBeUndefined();
    expect(await Promise.all([refreshed.get(), refreshed.get()])).toEqual(['kept', 'kept']);
    expect(await refreshed.get()).toBe('kept');
    expect({ recalls, fetches: source.fetches }).toEqual({ recalls: 1, fetches: 0 });
  });

  it('is renewed by its own age, not from when it was recalled', async () => {
    const refreshed = recalling();
    source.clock.pass(times.refreshAfter / 1000 - 1);
    expect(await refreshed.get()).toBe('kept');
    source.clock.pass(1);
    expect(refreshed.current()).toBe('kept');
    await settled();
    expect(refreshed.current()).toBe('value 1');
  });

  it('gives way to a newer one when it is old', async () => {
    source.clock.pass(times.refreshAfter / 1000);
    expect(await recalling().get()).toBe('value 1');
  });

  it('is used while nothing newer can be had, up to the maximum age', async () => {
    source.down();
    source.clock.pass(times.maxAge / 1000 - 60);
    const refreshed = recalling();
    expect(await refreshed.get()).toBe('kept');
    source.clock.pass(60);
    await expect(refreshed.get()).rejects.toEqual(unavailable(expect.any(Number) as unknown as number));
    source.up();
    source.clock.pass(60);
    expect(await refreshed.get()).toBe('value 3');
  });

  it('is nothing past the maximum age', async () => {
    source.down();
    source.clock.pass(times.maxAge / 1000);
    await expect(recalling().get()).rejects.toEqual(unavailable(1));
  });

  it('is doubted like any other', async () => {
    const refreshed = recalling();
    expect(await refreshed.newerThan(await refreshed.get())).toBe('value 1');
  });

  it('is missed without harm', async () => {
    kept = undefined;
    const refreshed = recalling();
    expect(await refreshed.get()).toBe('value 1');
    source.clock.pass(times.maxAge / 1000);
    expect(await refreshed.get()).toBe('value 2');
    expect(recalls).toBe(1);
  });

  it('that cannot be recalled is asked for again, as long as nothing was fetched', async () => {
    source.down();
    let broken = true;
    const refreshed = recalling(() => (broken ? Promise.reject(new Error('no store')) : Promise.resolve(kept)));
    await expect(refreshed.get()).rejects.toEqual(unavailable(1));
    broken = false;
    source.clock.pass(1);
    expect(await refreshed.get()).toBe('kept');
  });
});
