import { describe, expect, test } from '@jest/globals';
import { RefreshTokens } from '../../../lib/broker/refresh-tokens.js';

const OLD = 'the old encryption key, 32 or more';
const NEW = 'the new encryption key, 32 or more';
const ISSUER = 'https://app.example.org';
const ID = 'abcdefghijklmnopqrst-_';

const tokens = new RefreshTokens([OLD], ISSUER, 'client');
const [, , mac = ''] = tokens.issue(ID, 7).split('.');

describe('a refresh token', () => {
  test.each([1, 7, 999_999_999_999_999])('names its session and generation %i', (generation) => {
    expect(tokens.read(tokens.issue(ID, generation))).toEqual({ id: ID, generation });
  });

  test('is the same in every process, so that a successor can be handed out again', () => {
    expect(new RefreshTokens([OLD], ISSUER, 'client').issue(ID, 7)).toBe(tokens.issue(ID, 7));
  });

  test.each([
    ['issuer', new RefreshTokens([OLD], 'https://other.example.org', 'client')],
    ['client', new RefreshTokens([OLD], ISSUER, 'other')],
    ['encryption key', new RefreshTokens([NEW], ISSUER, 'client')],
    ['issuer and client of the same letters', new RefreshTokens([OLD], `${ISSUER}c`, 'lient')],
  ])('of another %s is worth nothing', (_, others) => {
    expect(tokens.read(others.issue(ID, 7))).toBeUndefined();
    expect(others.read(tokens.issue(ID, 7))).toBeUndefined();
  });

  test('with any character of its MAC changed is worth nothing', () => {
    const forged = Array.from(mac, (one, at) => {
      const changed = one === 'A' ? 'Q' : 'A';
      return `${ID}.7.${mac.slice(0, at)}${changed}${mac.slice(at + 1)}`;
    });
    expect(forged.map((token) => tokens.read(token)).filter((claim) => claim !== undefined)).toEqual([]);
  });

  test.each([
    ['another generation', `${ID}.8.${mac}`],
    ['another session', `${ID.replace('a', 'b')}.7.${mac}`],
    ['a leading zero', `${ID}.07.${mac}`],
    ['no generation', `${ID}.0.${mac}`],
    ['a negative generation', `${ID}.-7.${mac}`],
    ['a fraction', `${ID}.7.0.${mac}`],
    ['a generation that no number holds', `${ID}.9999999999999999.${mac}`],
    ['other digits', `${ID}.७.${mac}`],
    ['a space before', ` ${ID}.7.${mac}`],
    ['a line feed after', `${ID}.7.${mac}\n`],
    ['padding', `${ID}.7.${mac}=`],
    ['a shorter MAC', `${ID}.7.${mac.slice(0, -1)}`],
    ['no MAC', `${ID}.7.`],
    ['nothing', ''],
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx_Zmeo'],
    ['more than anybody sends', `${ID}.7.${mac}`.padEnd(100_000, 'A')],
  ])('with %s is worth nothing', (_, token) => {
    expect(tokens.read(token)).toBeUndefined();
  });
});

test.each([0, -1, 1.5, 1e15, NaN])('generation %d is none, not even with a MAC', (generation) => {
  expect(tokens.read(tokens.issue(ID, generation))).toBeUndefined();
});

test('while encryption keys are changed, the first signs and all verify', () => {
  const both = new RefreshTokens([NEW, OLD], ISSUER, 'client');
  expect(both.read(tokens.issue(ID, 7))).toEqual({ id: ID, generation: 7 });
  expect(both.issue(ID, 7)).toBe(new RefreshTokens([NEW], ISSUER, 'client').issue(ID, 7));
  expect(tokens.read(both.issue(ID, 7))).toBeUndefined();
});
