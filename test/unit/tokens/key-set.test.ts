import { setImmediate } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, type JWK } from 'jose';
import { KeySet } from '../../../lib/tokens/key-set.js';
import { nodeCheck } from '../../../lib/tokens/node-checks.js';
import { publishedWithout, signingKey, type SigningKey } from '../../support/keys.js';
import { FakeClock } from '../fake-clock.js';

const times = { refreshAfter: 600_000, maxAge: 3_600_000, cooldown: 30_000 };
const issuer = 'https://idp.example.org';

let first: SigningKey;
let second: SigningKey;
let curve: SigningKey;
beforeAll(async () => {
  [first, second, curve] = await Promise.all([signingKey(), signingKey(), signingKey('ES256')]);
});

let clock: FakeClock;
let fetches: number;
let published: unknown;
let issuers: string[];
let keySet: KeySet;
beforeEach(() => {
  clock = new FakeClock();
  fetches = 0;
  issuers = [issuer];
  published = { keys: [first.publicJwk, curve.publicJwk] };
  const fetchKeys = async () => {
    fetches++;
    if (published === undefined) throw new Error('no answer');
    return { issuers, jwks: structuredClone(published) };
  };
  keySet = new KeySet(fetchKeys, times, clock.now, nodeCheck);
});

const publish = (...keys: unknown[]) => (published = { keys });
const headerOf = ({ alg, kid }: SigningKey) => ({ alg, kid });
/** The modulus or x coordinate of each key that is found. */
async function found(header: { alg: string; kid?: string }): Promise<unknown[]> {
  const { checks } = await keySet.candidates(header);
  return Promise.all(checks.map(async ({ key }) => coordinate(await exportJWK(key))));
}
const coordinate = ({ n, x }: JWK) => n ?? x;
const coordinateOf = (key: SigningKey) => coordinate(key.publicJwk);
const unknown = expect.objectContaining({ reason: 'key_unknown' });

describe('the keys of an issuer', () => {
  it('are found by kid, and fetched once', async () => {
    expect(await found(headerOf(first))).toEqual([coordinateOf(first)]);
    expect(await found(headerOf(curve))).toEqual([coordinateOf(curve)]);
    expect(fetches).toBe(1);
  });

  it('come with the issuers for which they speak', async () => {
    issuers = [issuer, 'https://other.example.org'];
    expect([...(await keySet.get()).issuers]).toEqual(issuers);
    expect((await keySet.candidates(headerOf(first))).set).toBe(keySet.current());
  });

  it('are found without kid, by algorithm and type', async () => {
    publish(first.publicJwk, curve.publicJwk, second.publicJwk);
    expect(await found({ alg: 'ES256' })).toEqual([coordinateOf(curve)]);
    expect(await found({ alg: 'RS256' })).toEqual([coordinateOf(first), coordinateOf(second)]);
  });

  it('are found without alg of their own, if their type fits', async () => {
    publish(publishedWithout(first, 'alg'));
    expect(await found(headerOf(first))).toEqual([coordinateOf(first)]);
    await expect(keySet.candidates({ alg: 'ES256', kid: first.kid })).rejects.toEqual(unknown);
  });

  it('are for signatures, and for the algorithm that they name', async () => {
    publish({ ...first.publicJwk, use: 'enc' }, { ...second.publicJwk, alg: 'PS256' });
    await expect(keySet.candidates(headerOf(first))).rejects.toEqual(unknown);
    await expect(keySet.candidates(headerOf(second))).rejects.toEqual(unknown);
  });

  it('are public', async () => {
    publish(first.privateJwk, { kty: 'oct', kid: 'mac', k: 'c2VjcmV0' });
    await expect(keySet.candidates(headerOf(first))).rejects.toEqual(unknown);
    await expect(keySet.candidates({ alg: 'HS256', kid: 'mac' })).rejects.toEqual(unknown);
    expect((await keySet.get()).jwks.keys).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['text', 'key'],
    ['an RSA key without numbers', { kty: 'RSA' }],
    ['a curve that nobody knows', { kty: 'EC', crv: 'P-1', x: 'AA', y: 'AA' }],
    ['a key of a future type', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA' }],
    ['a key with odd labels', { kty: 'RSA', kid: 5, alg: {}, use: [], key_ops: 'verify', n: 7, e: null }],
  ])('are not hidden by %s', async (_, odd) => {
    publish(odd, first.publicJwk);
    expect(await found(headerOf(first))).toEqual([coordinateOf(first)]);
    expect(await found({ alg: 'RS256' })).toEqual([coordinateOf(first)]);
  });

  it('are not hidden by an unusable one of the same kid', async () => {
    publish({ kty: 'RSA', kid: first.kid, alg: 'RS256', n: 'AA', e: 'AQAB' }, first.publicJwk);
    expect(await found(headerOf(first))).toContain(coordinateOf(first));
  });

  it('are bounded in number, and so are the attempts for one token', async () => {
    const bare = publishedWithout(first, 'kid');
    publish(...Array.from({ length: 150 }, () => bare), second.publicJwk);
    expect(await found({ alg: 'RS256' })).toHaveLength(8);
    expect((await keySet.get()).jwks.keys).toHaveLength(100);
    await expect(keySet.candidates(headerOf(second))).rejects.toEqual(unknown);
  });

  it.each([null, 'keys', [], {}, { keys: {} }, { keys: null }])('cannot be had from %j', async (document) => {
    published = document;
    const cause = expect.any(TypeError);
    await expect(keySet.get()).rejects.toEqual(expect.objectContaining({ name: 'Unavailable', cause }));
  });
});

describe('an unknown kid', () => {
  it('before there are keys, costs one fetch', async () => {
    for (let n = 0; n < 20; n++)
      await expect(keySet.candidates({ alg: 'RS256', kid: `${n}` })).rejects.toEqual(unknown);
    expect(fetches).toBe(1);
  });

  it('costs one fetch per cooldown', async () => {
    await keySet.get();
    const flood = Array.from({ length: 200 }, async (_, n) => keySet.candidates({ alg: 'RS256', kid: `kid ${n}` }));
    for (const one of await Promise.allSettled(flood)) expect(one).toEqual({ status: 'rejected', reason: unknown });
    expect(fetches).toBe(2);
    clock.pass(30);
    await expect(keySet.candidates({ alg: 'RS256', kid: 'late' })).rejects.toEqual(unknown);
    expect(fetches).toBe(3);
  });

  it('is found once it is published', async () => {
    await keySet.get();
    publish(first.publicJwk, second.publicJwk);
    expect(await found(headerOf(second))).toEqual([coordinateOf(second)]);
    expect(fetches).toBe(2);
  });

  it.each([0, 600, 1_200])('is an open question while keys cannot be fetched (after %d s)', async (seconds) => {
    await keySet.get();
    clock.pass(seconds);
    published = undefined;
    await expect(keySet.candidates(headerOf(second))).rejects.toMatchObject({ name: 'Unavailable', retryAfter: 30 });
    expect(await found(headerOf(first))).toEqual([coordinateOf(first)]);
  });

  it('that is too long to be one costs no fetch', async () => {
    await expect(keySet.candidates({ alg: 'RS256', kid: 'k'.repeat(1_025) })).rejects.toEqual(unknown);
    expect(fetches).toBe(0);
  });
});

describe('the identity of a key set', () => {
  const renewed = async () => {
    clock.pass(600);
    keySet.current();
    await setImmediate();
    return keySet.current();
  };

  it('stays as long as the same keys are published', async () => {
    const set = await keySet.get();
    expect(await renewed()).toBe(set);
    expect(fetches).toBe(2);
  });

  it.each<[string, () => void]>([
    ['a key is added', () => publish(first.publicJwk, curve.publicJwk, second.publicJwk)],
    ['a key is withdrawn', () => publish(curve.publicJwk)],
    ['another key takes over a kid', () => publish({ ...second.publicJwk, kid: first.kid }, curve.publicJwk)],
    ['an issuer is added', () => issuers.push('https://other.example.org')],
  ])('changes when %s', async (_, change) => {
    const set = await keySet.get();
    change();
    expect(await renewed()).not.toBe(set);
  });
});
