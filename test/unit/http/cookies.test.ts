import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LoginCookies } from '../../../lib/http/cookies.js';

/** The attempt that was begun so many seconds after the first. */
const attempt = (n: number) => `${(1_000_000_000 + n).toString(36)}-${n.toString(16).padStart(12, '0')}`;
const values = (count: number) => Array.from({ length: count }, (_, n) => `__Host-oidc-auth-${attempt(n)}=value${n}`);

function cookies(header: string | undefined, secure = true) {
  const set: string[] = [];
  const jar = new LoginCookies(header, { secure, lifetime: 600 }, (cookie) => set.push(cookie));
  return { jar, set };
}

const dropped = (n: number) => `__Host-oidc-auth-${attempt(n)}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure`;

describe('the cookie of a log-in', () => {
  it('is bound to the host, out of reach of scripts, and short-lived', () => {
    const { jar, set } = cookies(undefined);
    jar.set(attempt(1), 'value');
    expect(set).toEqual([`__Host-oidc-auth-${attempt(1)}=value; Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure`]);
  });

  it('does without what browsers keep for https, where the application is on http', () => {
    const { jar, set } = cookies(`oidc-auth-${attempt(1)}=a`, false);
    jar.set(attempt(2), 'value');
    expect(set).toEqual([`oidc-auth-${attempt(2)}=value; Max-Age=600; Path=/; HttpOnly; SameSite=Lax`]);
    expect(jar.valueOf(attempt(1))).toBe('a');
  });

  it('is found by its attempt', () => {
    const { jar } = cookies(values(3).join('; '));
    expect([0, 1, 2, 3].map((n) => jar.valueOf(attempt(n)))).toEqual(['value0', 'value1', 'value2', undefined]);
  });

  it('is deleted as it was set, once', () => {
    const { jar, set } = cookies(values(2).join('; '));
    jar.drop(attempt(1));
    jar.drop(attempt(7));
    expect(set).toEqual([dropped(1)]);
  });

  it('of http is none on https, where anybody on the way could have set it', () => {
    expect(cookies(`oidc-auth-${attempt(1)}=a`).jar.valueOf(attempt(1))).toBeUndefined();
    expect(cookies(`__Host-oidc-auth-${attempt(1)}=a`, false).jar.valueOf(attempt(1))).toBeUndefined();
  });
});

describe('the cookies of several log-ins', () => {
  it('leave each other alone, up to eight', () => {
    const { jar, set } = cookies(values(7).join('; '));
    jar.set(attempt(7), 'value');
    expect(set).toHaveLength(1);
  });

  it.each([
    [8, [0]],
    [12, [0, 1, 2, 3, 4]],
  ])('of which there are %d, make room: the oldest go first', (count, oldest) => {
    const { jar, set } = cookies(values(count).reverse().join('; '));
    jar.set(attempt(count), 'value');
    expect(set.slice(0, -1)).toEqual(oldest.map(dropped));
    expect(set.at(-1)).toContain(`${attempt(count)}=value`);
  });

  it('are never more than eight, however many a browser has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), (count) => {
        const { jar, set } = cookies(values(count).join('; '));
        jar.set(attempt(count), 'value');
        expect(count - (set.length - 1) + 1).toBe(Math.min(count + 1, 8));
      }),
    );
  });
});

describe('a Cookie header', () => {
  it.each([
    `theme=dark; __Host-oidc-auth-${attempt(1)}=value; lang=en`,
    `theme=dark;__Host-oidc-auth-${attempt(1)}=value;lang=en`,
    ` ; =; ;;__Host-oidc-auth-${attempt(1)}=value;=x;a`,
    `__Host-oidc-auth-=a; __Host-oidc-auth-x=b; __Host-oidc-auth-${attempt(1)}=value`,
    `__Host-oidc-auth-${attempt(2)}; __Host-oidc-auth-${attempt(1)}=value`,
  ])('is read for what is ours: %s', (header) => {
    const { jar } = cookies(header);
    expect(jar.valueOf(attempt(1))).toBe('value');
    expect([jar.valueOf(''), jar.valueOf('x'), jar.valueOf(attempt(2))]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    `__Host-oidc-auth-${attempt(1).toUpperCase()}=a`,
    `__Host-oidc-auth-${attempt(1)}x=a`,
    '__Host-oidc-auth-__proto__=a',
    '__Host-oidc-auth-a-%0d%0aSet-Cookie: b=a',
    '__Host-oidc-auth-<script>-000000000000=a',
    `__host-oidc-auth-${attempt(1)}=a`,
  ])('with names that we do not give is echoed nowhere: %s', (header) => {
    const { jar, set } = cookies(Array.from({ length: 10 }, () => header).join('; '));
    jar.set(attempt(5), 'value');
    expect(set).toHaveLength(1);
  });

  it('makes no cookie that is not ours, whatever it holds', () => {
    const ours =
      /^__Host-oidc-auth-[a-z0-9]{1,12}-[0-9a-f]{12}=(value)?; Max-Age=(0|600); Path=\/; HttpOnly; SameSite=Lax; Secure$/;
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...values(12), '; ', '=', '__Host-oidc-auth-'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { jar, set } = cookies(pieces.join(';'));
        for (let n = 0; n < 12; n++) jar.drop(attempt(n));
        jar.set(attempt(20), 'value');
        for (const cookie of set) expect(cookie).toMatch(ours);
      }),
    );
  });
});
