import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompactEncrypt } from 'jose';
import { SealBroken, Sealer, SealExpired, type SealContext } from '../../../lib/provider/seal.js';
import { FakeClock } from '../fake-clock.js';

const secret = 'a secret of at least 32 characters, surely';
const other = 'another one of at least 32 characters, too';
const context: SealContext = {
  instance: 'default',
  clientId: 'my-client',
  issuer: 'https://idp.example.org',
  baseUrl: 'https://app.example.org',
};

let clock: FakeClock;
let sealer: Sealer<Record<string, unknown>>;
beforeEach(() => {
  clock = new FakeClock();
  sealer = make();
});

const make = (given: Partial<SealContext> = {}, secrets: string[] = [secret], purpose = 'state') =>
  new Sealer<Record<string, unknown>>(purpose, { ...context, ...given }, secrets, clock.now);

describe('a sealed value', () => {
  it('opens to what was sealed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
        const { expires, ...opened } = await sealer.open(await sealer.seal(value, 60));
        expect(expires).toBe(clock.seconds + 60);
        delete value.expires;
        expect(JSON.stringify(opened)).toBe(JSON.stringify(JSON.parse(JSON.stringify(value))));
      }),
    );
  });

  it('shows nothing of it, and is another each time', async () => {
    const sealed = await sealer.seal({ codeVerifier: 'hush' }, 60);
    const parts = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(parts).toHaveLength(5);
    expect(JSON.parse(parts[0] ?? '')).toEqual({ alg: 'dir', enc: 'A256GCM' });
    expect(parts.join()).not.toMatch(/hush|codeVerifier/);
    expect(await sealer.seal({ codeVerifier: 'hush' }, 60)).not.toBe(sealed);
  });

  it('opens on another pod with the same configuration', async () => {
    expect(await make().open(await sealer.seal({ a: 1 }, 60))).toMatchObject({ a: 1 });
  });

  it.each<[string, () => Sealer]>([
    ['another purpose', () => make({}, [secret], 'device')],
    ['another instance', () => make({ instance: 'partner' })],
    ['another client', () => make({ clientId: 'my-other-client' })],
    ['another provider', () => make({ issuer: 'https://other.example.org' })],
    ['another base URL', () => make({ baseUrl: 'https://app.example.org/api' })],
    ['no base URL', () => make({ baseUrl: undefined })],
    ['another secret', () => make({}, [other])],
    ['names that are cut elsewhere', () => make({ instance: 'default"', baseUrl: 'https://app.example.org","' })],
  ])('does not open for %s', async (_, stranger) => {
    await expect(stranger().open(await sealer.seal({ a: 1 }, 60))).rejects.toThrow(SealBroken);
  });

  it('opens until its time is over', async () => {
    const sealed = await sealer.seal({ a: 1 }, 60);
    clock.pass(59.999);
    expect(await sealer.open(sealed)).toMatchObject({ a: 1 });
    clock.pass(0.001);
    await expect(sealer.open(sealed)).rejects.toThrow(SealExpired);
  });

  it('has its own expiry, whatever was sealed under that name', async () => {
    const sealed = await sealer.seal({ expires: Number.MAX_SAFE_INTEGER }, 60);
    clock.pass(60);
    await expect(sealer.open(sealed)).rejects.toThrow(SealExpired);
  });
});

describe('secrets in rotation', () => {
  it('all open, and the first seals', async () => {
    const earlier = await make({}, [secret]).seal({ a: 1 }, 60);
    const rotated = make({}, [other, secret]);
    expect(await rotated.open(earlier)).toMatchObject({ a: 1 });
    const later = await rotated.seal({ a: 2 }, 60);
    expect(await make({}, [other]).open(later)).toMatchObject({ a: 2 });
    await expect(make({}, [secret]).open(later)).rejects.toThrow(SealBroken);
  });

  it('leave no value open once they are gone', async () => {
    const earlier = await make({}, [secret]).seal({ a: 1 }, 60);
    await expect(make({}, [other]).open(earlier)).rejects.toThrow(SealBroken);
  });

  it('tell expired values from broken ones, whichever sealed them', async () => {
    const earlier = await make({}, [secret]).seal({ a: 1 }, 60);
    clock.pass(60);
    await expect(make({}, [other, secret]).open(earlier)).rejects.toThrow(SealExpired);
  });

  it('give a digest each, the first of which is the one to use', () => {
    const [current, ...earlier] = make({}, [other, secret]).digests('text');
    expect([current]).toEqual(make({}, [other]).digests('text'));
    expect(earlier).toEqual(make({}, [secret]).digests('text'));
    expect(make({}, [other], 'nonce').digests('text')).not.toEqual([current]);
    expect(make({}, [other]).digests('texts')).not.toEqual([current]);
  });
});

describe('a value that was tampered with', () => {
  let sealed: string;
  beforeAll(async () => {
    clock = new FakeClock();
    sealed = await make().seal({ codeVerifier: 'hush', nonce: 'n' }, 60);
  });

  it('does not open, whichever bit was turned', async () => {
    const parts = sealed.split('.').map((part) => Buffer.from(part, 'base64url'));
    const bits = parts.flatMap((part, at) => Array.from({ length: part.length * 8 }, (_, bit) => ({ at, bit })));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bits), async ({ at, bit }) => {
        const turned = parts.map((part) => Buffer.from(part));
        const bytes = turned[at] ?? Buffer.alloc(0);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const forged = turned.map((part) => part.toString('base64url')).join('.');
        await expect(sealer.open(forged)).rejects.toThrow(SealBroken);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, (parts: string[]) => string[]]>([
    ['cut off', (parts) => parts.slice(0, 4)],
    ['too many', (parts) => [...parts, 'AAAA']],
    ['swapped', ([head = '', key = '', iv = '', text = '', tag = '']) => [head, key, text, iv, tag]],
    ['given an encrypted key', ([head = '', , ...rest]) => [head, 'AAAA', ...rest]],
    ['without tag', (parts) => [...parts.slice(0, 4), '']],
    ['with a short tag', (parts) => [...parts.slice(0, 4), parts[4]?.slice(0, 8) ?? '']],
  ])('does not open, with parts that are %s', async (_, change) => {
    await expect(sealer.open(change(sealed.split('.')).join('.'))).rejects.toThrow(SealBroken);
  });

  it('does not open, if it never was one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        await expect(sealer.open(text)).rejects.toThrow(SealBroken);
      }),
    );
  });
});

describe('a foreign header', () => {
  const key = new Uint8Array(32);
  const plaintext = Buffer.from(JSON.stringify({ a: 1, expires: Number.MAX_SAFE_INTEGER }));

  it.each<[string, Record<string, unknown>]>([
    ['of another encryption', { alg: 'dir', enc: 'A128CBC-HS256' }],
    ['of another algorithm', { alg: 'A256KW', enc: 'A256GCM' }],
    ['of a password', { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM' }],
    ['with an entry more', { alg: 'dir', enc: 'A256GCM', typ: 'JWT' }],
    ['with a kid', { alg: 'dir', enc: 'A256GCM', kid: 'a' }],
  ])('%s does not open', async (_, header) => {
    const forged = await new CompactEncrypt(plaintext)
      .setProtectedHeader(header as { alg: string; enc: string })
      .encrypt(key);
    await expect(sealer.open(forged)).rejects.toThrow(SealBroken);
  });

  it.each([
    { alg: 'dir', enc: 'A256GCM', zip: 'DEF' },
    { alg: 'dir', enc: 'A256GCM', crit: ['exp'], exp: 1 },
    { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'AAAA' },
    { alg: 'none' },
    {},
    [],
    null,
  ])('%j on a genuine value does not open', async (header) => {
    const [, ...rest] = (await sealer.seal({ a: 1 }, 60)).split('.');
    const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
    await expect(sealer.open(forged)).rejects.toThrow(SealBroken);
  });

  it('is not even read of a value that is too long', async () => {
    const sealed = await sealer.seal({ a: 'x'.repeat(10_000) }, 60);
    expect(sealed.length).toBeGreaterThan(12_288);
    await expect(sealer.open(sealed)).rejects.toThrow(SealBroken);
  });
});
