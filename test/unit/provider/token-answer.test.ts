import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { grantFrom, type ProviderTokens } from '../../../lib/provider/grant.js';
import { tokenAnswer } from '../../../lib/provider/pass-through.js';

const now = 1_750_000_000;
const idle = 2_592_000;
const tokens: ProviderTokens = { access_token: 'opaque', token_type: 'bearer', expires_in: 300 };
const granted = (others: Partial<ProviderTokens> = {}, asked?: string) =>
  grantFrom({ ...tokens, ...others }, asked, now);
const answer = (others: Partial<ProviderTokens> = {}, asked?: string) => tokenAnswer(granted(others, asked), now, idle);

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object) => `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`;

describe('the answer to a client', () => {
  it('is what the provider said, in the names of the wire, and no more', () => {
    expect(
      answer({ refresh_token: 'r', refresh_expires_in: 1_800, scope: 'openid', id_token: 'i', session_state: 's' }),
    ).toEqual({
      access_token: 'opaque',
      token_type: 'Bearer',
      expires_in: 300,
      expires: now + 300,
      refresh_token: 'r',
      refresh_expires: now + 1_800,
      scope: 'openid',
    });
  });

  it('says nothing of a refresh token that there is none of', () => {
    expect(answer({ refresh_expires_in: 1_800 })).toEqual({
      access_token: 'opaque',
      token_type: 'Bearer',
      expires_in: 300,
      expires: now + 300,
    });
  });
});

describe('the lifetime of the access token', () => {
  it.each<[string, Partial<ProviderTokens>, number]>([
    ['what the provider said', { expires_in: 60 }, 60],
    ['what it said, in whole seconds', { expires_in: 59.9 }, 59],
    ['none', { expires_in: 0 }, 0],
    ['none, where it said less', { expires_in: -5 }, 0],
    ['what it said, not what the token says', { expires_in: 60, access_token: jwt({ exp: now + 120 }) }, 60],
    ['what the token says', { expires_in: undefined, access_token: jwt({ exp: now + 120 }) }, 120],
    ['none, of a token that has expired', { expires_in: undefined, access_token: jwt({ exp: now - 120 }) }, 0],
    ['three minutes, if nobody says', { expires_in: undefined }, 180],
    ['three minutes, of a token without exp', { expires_in: undefined, access_token: jwt({}) }, 180],
    ['three minutes, of a token with an odd exp', { expires_in: undefined, access_token: jwt({ exp: 'soon' }) }, 180],
  ])('is %s', (_, given, seconds) => {
    expect(answer(given)).toMatchObject({ expires_in: seconds, expires: now + seconds });
  });
});

describe('the lifetime of the refresh token', () => {
  it.each<[unknown, number]>([
    [1_800, 1_800],
    [1_800.9, 1_800],
    ['1800', 1_800],
    [0, idle],
    ['0', idle],
    [undefined, idle],
    [null, idle],
    ['', idle],
    [-1, idle],
    ['soon', idle],
    [{}, idle],
    [NaN, idle],
    [{ toString: 1 }, idle],
  ])('of which the provider says %p, is %d seconds', (refresh_expires_in, seconds) => {
    expect(answer({ refresh_token: 'r', refresh_expires_in }).refresh_expires).toBe(now + seconds);
  });

  it('is known by another name, too', () => {
    expect(answer({ refresh_token: 'r', refresh_token_expires_in: 60 }).refresh_expires).toBe(now + 60);
  });

  it.each<[unknown, number | undefined]>([
    [1_800.9, 1_800],
    ['60', 60],
    [0, Infinity],
    ['0', Infinity],
    [0.5, undefined],
    [-1, undefined],
    ['', undefined],
    [' ', undefined],
    [null, undefined],
    [false, undefined],
    [[0], undefined],
    [undefined, undefined],
    ['soon', undefined],
  ])('of which the provider says %p, is read as %p', (refresh_expires_in, seconds) => {
    expect(granted({ refresh_expires_in }).refreshLifetime).toBe(seconds);
  });

  it('is never absent, never over and no fraction, whatever the provider says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.double(), (refresh_expires_in, seconds) => {
        for (const said of [refresh_expires_in, seconds, String(seconds)]) {
          const { refresh_expires = 0 } = answer({ refresh_token: 'r', refresh_expires_in: said });
          expect(Number.isSafeInteger(refresh_expires)).toBe(true);
          expect(refresh_expires).toBeGreaterThan(now);
        }
      }),
    );
  });
});

describe('the scope', () => {
  it.each<[string | undefined, string | undefined, string | undefined]>([
    ['openid read', 'openid write', 'openid read'],
    [undefined, 'openid write', 'openid write'],
    [undefined, undefined, undefined],
    ['', 'openid', undefined],
  ])('of %p, where %p was asked for, is %p', (scope, asked, granted) => {
    expect(answer({ scope }, asked).scope).toBe(granted);
    expect(grantFrom({ ...tokens, scope }, asked, now).scope).toBe(granted);
  });
});
