import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bearerOf } from '../../../lib/http/bearer.js';
import { nodeRequest, wrappedRequest, type RequestParts } from './requests.js';

describe.each<[string, (parts: RequestParts) => object]>([
  ['Express', nodeRequest],
  ['Fastify', wrappedRequest],
])('the bearer token of a request of %s', (_, requestOf) => {
  const bearer = (authorization?: string) =>
    bearerOf(requestOf({ headers: { authorization }, rawHeaders: ['Authorization', authorization ?? ''] }));

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['Bearer a.b-c_d~e+f/g==', 'a.b-c_d~e+f/g=='],
    ['Bearer Bearer', 'Bearer'],
  ])('of %j is %s', (header, token) => {
    expect(bearer(header)).toBe(token);
  });

  it.each([undefined, '', 'Basic YTpi', 'DPoP abc', 'Bearerabc', 'Token Bearer abc', 'Negotiate'])(
    'of %j is none',
    (header) => {
      expect(bearer(header)).toBeUndefined();
    },
  );

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer  abc',
    'Bearer abc ',
    'Bearer abc def',
    'Bearer abc, Bearer def',
    'Bearer =abc',
    'Bearer a=b',
    'Bearer "abc"',
    'Bearer äöü',
    'Bearer \ud800',
    'Bearer abc\n',
    'Bearer a\0b',
  ])('of %j is malformed', (header) => {
    expect(() => bearer(header)).toThrow(
      expect.objectContaining({ status: 401, error: 'invalid_token', reason: 'authorization_malformed' }),
    );
  });

  it('is whatever RFC 6750 allows, and nothing else', () => {
    const b64token = fc.stringMatching(/^[A-Za-z0-9\-._~+/]+=*$/);
    fc.assert(
      fc.property(b64token, (token) => {
        expect(bearer(`Bearer ${token}`)).toBe(token);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/^[A-Za-z0-9\-._~+/]+=*$/.test(text));
        expect(() => bearer(`Bearer ${text}`)).toThrow();
      }),
    );
  });

  it.each([
    ['Authorization', 'Bearer a', 'Authorization', 'Bearer b'],
    ['authorization', 'Bearer a', 'Accept', '*/*', 'AUTHORIZATION', 'Bearer a'],
    ['Authorization', 'Basic YTpi', 'Authorization', 'Bearer b'],
    ['Authorization', 'Bearer a', 'Authorization', ''],
  ])('is not one of several headers (%j)', (...rawHeaders) => {
    const request = requestOf({ headers: { authorization: rawHeaders[1] }, rawHeaders });
    expect(() => bearerOf(request)).toThrow(
      expect.objectContaining({ status: 400, error: 'invalid_request', reason: 'authorization_repeated' }),
    );
  });

  it('may stand beside a header whose value is called like it', () => {
    const rawHeaders = ['Vary', 'Authorization', 'Authorization', 'Bearer a', 'X-Name', 'authorization'];
    expect(bearerOf(requestOf({ headers: { authorization: 'Bearer a' }, rawHeaders }))).toBe('a');
  });
});

it('needs no raw headers, which HTTP/2 and tests do not have', () => {
  expect(bearerOf({ headers: { authorization: 'Bearer a' } } as object)).toBe('a');
});
