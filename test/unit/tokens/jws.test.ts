import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { audienceOf } from '../../../lib/tokens/audience.js';
import { decodeJws, MOST_TOKEN_CHARACTERS } from '../../../lib/tokens/jws.js';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const head = part({ alg: 'RS256' });
const body = part({ sub: 'ada' });

describe('a compact JWS', () => {
  it('is decoded', () => {
    expect(decodeJws(`${head}.${body}.c2ln`)).toEqual({
      header: { alg: 'RS256' },
      payload: { sub: 'ada' },
      text: '{"sub":"ada"}',
    });
  });

  it('is decoded whatever the claims', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
        const { payload } = decodeJws(`${head}.${part(claims)}.c2ln`);
        expect(JSON.stringify(payload)).toBe(JSON.stringify(JSON.parse(JSON.stringify(claims))));
      }),
    );
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['two parts', `${head}.${body}`],
    ['four parts', `${head}.${body}.c2ln.c2ln`],
    ['five parts, as a JWE has', `${head}.a.b.c.d`],
    ['an empty payload', `${head}..c2ln`],
    ['padding', `${head}=.${body}.c2ln`],
    ['a space', ` ${head}.${body}.c2ln`],
    ['a line break at its end', `${head}.${body}.c2ln\n`],
    ['a header that is no JSON', `bm90.${body}.c2ln`],
    ['a header without alg', `${part({})}.${body}.c2ln`],
    ['a header with a number for alg', `${part({ alg: 5 })}.${body}.c2ln`],
    ['a list for a header', `${part(['RS256'])}.${body}.c2ln`],
    ['a payload of text', `${head}.${part('ada')}.c2ln`],
    ['a payload of null', `${head}.${part(null)}.c2ln`],
    ['a payload that is no UTF-8', `${head}.${Buffer.from('{"a":"\xff"}', 'latin1').toString('base64url')}.c2ln`],
  ])('is none with %s', (_, token) => {
    expect(() => decodeJws(token)).toThrow(expect.objectContaining({ reason: 'token_malformed' }));
  });

  it('is not looked at, if it is too large', () => {
    const room = MOST_TOKEN_CHARACTERS - head.length - body.length - 2;
    const largest = `${head}.${body}.${'A'.repeat(room)}`;
    expect(decodeJws(largest).payload).toEqual({ sub: 'ada' });
    expect(() => decodeJws(`${largest}A`)).toThrow(expect.objectContaining({ reason: 'token_too_large' }));
  });

  it('is refused with a reason, if it is none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w-]{0,9}\.[\w-]{0,9}\.[\w-]{0,9}$/)), (text) => {
        expect(() => decodeJws(text)).toThrow(expect.objectContaining({ reason: 'token_malformed' }));
      }),
    );
  });
});

describe('the audience', () => {
  it.each<[unknown, string[]]>([
    [undefined, []],
    ['a', ['a']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [[], []],
  ])('%j is %j', (aud, list) => {
    expect(audienceOf({ aud })).toEqual(list);
  });

  it.each([null, 5, true, {}, ['a', 5], [['a']]])('%j is malformed', (aud) => {
    expect(() => audienceOf({ aud })).toThrow(expect.objectContaining({ reason: 'claim_malformed' }));
  });
});
