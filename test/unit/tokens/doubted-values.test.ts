import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Refreshed } from '../../../lib/tokens/refreshed.js';
import { settled, times, unavailable, ValueSource } from './value-source.js';

let source: ValueSource;
let refreshed: Refreshed<string>;
beforeEach(() => {
  source = new ValueSource();
  refreshed = source.refreshed();
});

describe('a doubted value', () => {
  let value: string;
  beforeEach(async () => {
    value = await refreshed.get();
  });

  it('is fetched anew, at most once per cooldown', async () => {
    source.answer = () => Promise.resolve('new');
    expect(await refreshed.newerThan(value)).toBe('new');
    for (let doubt = 0; doubt < 1_000; doubt++) expect(await refreshed.newerThan('new')).toBe('new');
    expect(source.fetches).toBe(2);
    source.clock.pass(29.999);
    await refreshed.newerThan('new');
    expect(source.fetches).toBe(2);
    source.clock.pass(0.001);
    await refreshed.newerThan('new');
    expect(source.fetches).toBe(3);
  });

  it('is fetched once for all who doubt it', async () => {
    const held = source.hold();
    const waiting = Array.from({ length: 50 }, () => refreshed.newerThan(value));
    held.release('new');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['new']));
    expect(source.fetches).toBe(2);
  });

  it('is not fetched if a newer one is there already', async () => {
    source.clock.pass(600);
    refreshed.current();
    await settled();
    expect(await refreshed.newerThan(value)).toBe('value 2');
    expect(source.fetches).toBe(2);
  });

  it('hinders nobody who does not doubt it', async () => {
    source.hold();
    void refreshed.newerThan(value);
    expect(await refreshed.get()).toBe(value);
  });

  it('leaves the question open while fetching fails', async () => {
    source.down();
    await expect(refreshed.newerThan(value)).rejects.toEqual(unavailable(30));
    await expect(refreshed.newerThan(value)).rejects.toEqual(unavailable(30));
    expect(await refreshed.get()).toBe(value);
    expect(source.fetches).toBe(2);
    source.up();
    source.clock.pass(30);
    expect(await refreshed.newerThan(value)).toBe('value 3');
  });

  it('is new enough, and the next doubt waits, if it was fetched since the one who doubts began', async () => {
    source.clock.pass(1_200);
    const { fetches } = refreshed;
    const fetched = await refreshed.get();
    expect(await refreshed.newerThan(fetched, fetches)).toBe(fetched);
    expect(await refreshed.newerThan(fetched)).toBe(fetched);
    expect(source.fetches).toBe(2);
    source.clock.pass(30);
    expect(await refreshed.newerThan(fetched)).toBe('value 3');
  });
});

describe('however requests, doubts, faults and time follow each other', () => {
  it('failures and doubts together cause no more fetches than back-off and cooldown allow', async () => {
    const step = fc.record({ doubt: fc.boolean(), fails: fc.boolean(), pass: fc.integer({ min: 0, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        source = new ValueSource();
        refreshed = source.refreshed();
        const value = await refreshed.get();
        const begun = source.clock.now();
        for (const { doubt, fails, pass } of steps) {
          if (fails) source.down();
          else source.up();
          const asked = doubt ? refreshed.newerThan(refreshed.current() ?? value) : refreshed.get();
          await asked.catch(() => undefined);
          await settled();
          source.clock.pass(pass);
        }
        const cooldowns = Math.floor((source.clock.now() - begun) / times.cooldown);
        const renewals = Math.floor((source.clock.now() - begun) / times.refreshAfter);
        expect(source.fetches).toBeLessThanOrEqual(2 + cooldowns + renewals);
      }),
    );
  });
});
