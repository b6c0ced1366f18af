import { expect } from '@jest/globals';
import { claimsOf } from '../../../support/keys.js';
import type { ClientToken } from './library.js';
import type { Site } from './site.js';

/** What the client assumes, in seconds, of a token of which it is not told when it expires. */
const ASSUMED = 180;

/**
 * That the client has made of our answer what there is to make of it: its headers open a protected route, it knows when the
 * token expires, and that it can be renewed long after.
 */
export async function expectUsable(site: Site, token: ClientToken | undefined, sub: string): Promise<void> {
  const me = await fetch(`${site.url}/me`, { headers: token?.headers ?? {} });
  expect(me.status).toBe(200);
  expect(await me.json()).toMatchObject({ sub });
  expect(token).toEqual({
    access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    token_type: 'Bearer',
    expires: expect.any(Number),
    refresh_token: expect.stringMatching(/./),
    refresh_expires: expect.any(Number),
    scope: expect.stringContaining('openid'),
    headers: { Authorization: `Bearer ${token?.access_token}` },
  });
  const { exp = 0 } = claimsOf(token?.access_token ?? '');
  expect(Math.abs(Number(token?.expires) - exp)).toBeLessThan(ASSUMED / 3);
  expect(token?.refresh_expires).toBeGreaterThan(Date.now() / 1000 + 2 * ASSUMED);
}
