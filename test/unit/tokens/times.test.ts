import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkTimes, checkTimesButExpiry } from '../../../lib/tokens/times.js';
import { FakeClock } from '../fake-clock.js';

const clock = new FakeClock();
const now = clock.seconds;
const tolerance = 5;
const check = (claims: object) => () => checkTimes(claims, { now: clock.now, tolerance });

describe('the times of a token', () => {
  it.each([
    ['an expiry ahead', { exp: now + 1 }],
    ['an expiry within the tolerance', { exp: now - 4 }],
    ['a beginning within the tolerance', { exp: now + 60, nbf: now + 5 }],
    ['an issue within the tolerance', { exp: now + 60, iat: now + 5 }],
    ['fractions', { exp: now + 0.5, nbf: now - 0.5, iat: now - 0.5 }],
    ['an issue long ago', { exp: now + 60, iat: 0 }],
    ['an expiry in ages', { exp: Number.MAX_VALUE }],
  ])('pass with %s', (_, claims) => {
    expect(check(claims)).not.toThrow();
  });

  it.each([
    ['expiry_missing', {}],
    ['expiry_missing', { nbf: now, iat: now }],
    ['expired', { exp: now - 5 }],
    ['expired', { exp: 0 }],
    ['expired', { exp: -1 }],
    ['not_yet_valid', { exp: now + 60, nbf: now + 6 }],
    ['issued_in_future', { exp: now + 60, iat: now + 6 }],
  ])('fail with %s: %j', (reason, claims) => {
    expect(check(claims)).toThrow(expect.objectContaining({ reason }));
  });

  it.each(['exp', 'nbf', 'iat'])('fail with claim_malformed where %s is no finite number', (name) => {
    for (const odd of [null, '', String(now + 60), true, [now + 60], {}, NaN, Infinity, -Infinity]) {
      expect(check({ exp: now + 60, [name]: odd })).toThrow(expect.objectContaining({ reason: 'claim_malformed' }));
    }
  });

  it('pass if, and only if, the clock is between beginning and expiry, give or take the tolerance', () => {
    const offset = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(offset, offset, offset, fc.integer({ min: 0, max: 10 }), (exp, nbf, iat, give) => {
        const claims = { exp: now + exp, nbf: now + nbf, iat: now + iat };
        const attempt = () => checkTimes(claims, { now: clock.now, tolerance: give });
        if (exp + give > 0 && nbf <= give && iat <= give) expect(attempt).not.toThrow();
        else expect(attempt).toThrow();
      }),
    );
  });

  it('go by a clock with milliseconds', () => {
    const late = { now: () => now * 1000 + 999, tolerance: 0 };
    expect(() => checkTimes({ exp: now + 1 }, late)).not.toThrow();
    expect(() => checkTimes({ exp: now + 0.999 }, late)).toThrow(expect.objectContaining({ reason: 'expired' }));
  });
});

describe('the times of a token that may have expired', () => {
  const checkButExpiry = (claims: object) => () => checkTimesButExpiry(claims, { now: clock.now, tolerance });

  it('pass whenever it has expired', () => {
    for (const exp of [now + 60, now - 5, now - 86_400, 0]) expect(checkButExpiry({ exp })).not.toThrow();
  });

  it.each([
    ['expiry_missing', {}],
    ['claim_malformed', { exp: 'soon' }],
    ['claim_malformed', { exp: Infinity }],
    ['not_yet_valid', { exp: now - 60, nbf: now + 6 }],
    ['issued_in_future', { exp: now - 60, iat: now + 6 }],
  ])('are %s with %j', (reason, claims) => {
    expect(checkButExpiry(claims)).toThrow(expect.objectContaining({ reason }));
  });
});
