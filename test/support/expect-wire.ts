import { expect } from '@jest/globals';
import type { RawResponse } from './raw-http.js';
import { jsonOf, type WireAnswer } from './wire-client.js';

/** Every error on the wire: exactly three members, the text twice, JSON, kept by no cache. */
export function expectWireError(answer: Omit<WireAnswer, 'made'>, status: number, error: string): void {
  const { error_description: description } = answer.json;
  expect({ status: answer.status, ...answer.json }).toEqual({
    status,
    error,
    error_description: expect.any(String),
    detail: description,
  });
  expect(description).not.toBe('');
  expectUncached(answer);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
}

export function expectUncached({ headers }: Pick<WireAnswer, 'headers'>): void {
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('pragma')).toBe('no-cache');
}

/** The token answer of wire.md. */
export function expectTokens(answer: WireAnswer, refreshable: boolean): void {
  const { json } = answer;
  expect({ status: answer.status, error: json.error }).toEqual({ status: 200, error: undefined });
  expect(json).toEqual({
    access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    token_type: 'Bearer',
    expires_in: expect.any(Number),
    expires: expect.any(Number),
    scope: expect.stringContaining('openid'),
    ...(refreshable && { refresh_token: expect.any(String), refresh_expires: expect.any(Number) }),
  });
  expectSecondsAfter(answer, json.expires, Number(json.expires_in));
  expectUncached(answer);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
}

/** That a time, in seconds since 1970, lies so many seconds after the answer was made. */
export function expectSecondsAfter({ made: [from, to] }: WireAnswer, time: unknown, seconds: number): void {
  expect(time).toBeGreaterThanOrEqual(from + seconds);
  expect(time).toBeLessThanOrEqual(to + seconds);
}

/** A raw answer in the shape that the expectations take. */
export function wireAnswerOf({ status, headers, body }: RawResponse): Omit<WireAnswer, 'made'> {
  const fields = headers.map(([name, value]): [string, string] => [name, value]);
  return { status, headers: new Headers(fields), text: body, json: jsonOf(body) };
}
