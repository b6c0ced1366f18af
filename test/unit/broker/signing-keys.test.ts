import { describe, expect, test } from '@jest/globals';
import type { SigningSettings } from '../../../lib/broker/broker.settings.js';
import { SigningKeys } from '../../../lib/broker/signing-keys.js';
import type { StoreAccess } from '../../../lib/broker/store-access.js';
import { Vault } from '../../../lib/broker/vault.js';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { Bench, brokerSettings, DAY, ENCRYPTION_KEY, HOUR } from './broker-parts.js';

const NEW_KEY = 'the encryption key that comes after it';
const LONGEST = 30 * DAY;

/** The signing keys as one process has them. */
class Process {
  readonly reported: number[] = [];
  readonly keys: SigningKeys;
  readonly access: StoreAccess;

  constructor(bench: Bench, signing: Partial<SigningSettings> = {}, encryptionKeys: string[] = [ENCRYPTION_KEY]) {
    const settings = brokerSettings({
      signing: { algorithm: 'EdDSA', rotateAfter: 90 * DAY, publishBefore: DAY, ...signing },
      lifetimes: { code: HOUR, device: LONGEST, exchange: HOUR },
      now: bench.now,
    });
    this.access = bench.accessTo(bench.store, (store) => this.keys.prepare(store));
    this.keys = new SigningKeys(this.access, new Vault(encryptionKeys), settings, (one) => this.reported.push(one));
  }

  async current(): Promise<string> {
    return (await this.keys.current()).kid;
  }

  async published(): Promise<(string | undefined)[]> {
    return (await this.keys.published()).keys.map(({ kid }) => kid);
  }
}

describe('the first key', () => {
  test('is made where there is none, signs and is published', async () => {
    const one = new Process(new Bench());
    expect(await one.published()).toEqual([await one.current()]);
  });

  test('is the same for eight processes that start together', async () => {
    const bench = new Bench();
    const processes = Array.from({ length: 8 }, () => new Process(bench));
    await Promise.all(processes.map(({ keys }) => keys.prepare(bench.store)));
    expect(await bench.store.keys()).toHaveLength(1);
    expect(new Set(await Promise.all(processes.map((one) => one.current()))).size).toBe(1);
  });

  test('is found by a process that starts later', async () => {
    const bench = new Bench();
    const kid = await new Process(bench).current();
    await bench.time.pass(DAY);
    expect(await new Process(bench).current()).toBe(kid);
  });
});

describe('by age', () => {
  test('the next key is published first, takes over then, and the retired one is removed last', async () => {
    const bench = new Bench();
    const one = new Process(bench);
    const first = await one.current();
    await bench.time.pass(89 * DAY - 1);
    expect(await one.published()).toEqual([first]);
    await bench.time.pass(1);
    const [, second] = await one.published();
    expect([await one.current(), await one.published()]).toEqual([first, [first, second]]);
    await bench.time.pass(DAY - 1);
    expect(await one.current()).toBe(first);
    await bench.time.pass(1);
    expect(await one.current()).toBe(second);
    await bench.time.pass(LONGEST + HOUR);
    expect(await one.published()).toEqual([first, second]);
    await bench.time.pass(1);
    expect(await one.published()).toEqual([second]);
    expect((await bench.store.keys()).map(({ sequence }) => sequence)).toEqual([2]);
  });

  test('the next key is published for as long when nobody came in time', async () => {
    const bench = new Bench();
    const one = new Process(bench);
    const first = await one.current();
    await bench.time.pass(200 * DAY);
    expect(await one.current()).toBe(first);
    const [, second] = await one.published();
    await bench.time.pass(DAY - 1);
    expect(await one.current()).toBe(first);
    await bench.time.pass(1);
    expect(await one.current()).toBe(second);
  });

  test('eight processes make one next key', async () => {
    const bench = new Bench();
    const processes = Array.from({ length: 8 }, () => new Process(bench));
    await Promise.all(processes.map((one) => one.current()));
    await bench.time.pass(89 * DAY);
    const published = await Promise.all(processes.map((one) => one.published()));
    expect(await bench.store.keys()).toHaveLength(2);
    expect(published.map((kids) => kids.length)).toEqual(Array(8).fill(2));
    expect(new Set(published.flat()).size).toBe(2);
  });

  test('a process that has not looked since then signs with the key whose time has come', async () => {
    const bench = new Bench();
    const [one, other] = [new Process(bench), new Process(bench)];
    const first = await other.current();
    await bench.time.pass(89 * DAY);
    await one.published();
    await bench.time.pass(DAY);
    expect(await other.current()).toBe(await one.current());
    expect(await other.current()).not.toBe(first);
  });

  test('the known keys do while the store is away', async () => {
    const bench = new Bench();
    const one = new Process(bench);
    const first = await one.current();
    bench.store.keys = () => Promise.reject(Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED' }));
    await bench.time.pass(89 * DAY);
    expect([await one.current(), await one.published()]).toEqual([first, [first]]);
    expect(bench.reports[0]).toEqual(['ECONNREFUSED']);
  });
});

describe('another algorithm', () => {
  test('signs at once, and what the former one signed still verifies', async () => {
    const bench = new Bench();
    const former = await new Process(bench, { algorithm: 'ES256' }).current();
    const one = new Process(bench, { algorithm: 'EdDSA' });
    expect((await one.keys.current()).algorithm).toBe('EdDSA');
    expect(await one.published()).toEqual([former, await one.current()]);
  });

  test('is not mixed with RS256, whose readers know nothing else', async () => {
    const bench = new Bench();
    const former = await new Process(bench, { algorithm: 'ES256' }).current();
    const one = new Process(bench, { algorithm: 'RS256' });
    expect(await one.published()).toEqual([await one.current()]);
    expect((await one.keys.fetch()).keys.map(({ kid }) => kid)).toEqual([former, await one.current()]);
  });

  test('overtakes a key that was published for later', async () => {
    const bench = new Bench();
    const before = new Process(bench, { algorithm: 'ES256' });
    await before.current();
    await bench.time.pass(89 * DAY);
    await before.published();
    const one = new Process(bench, { algorithm: 'EdDSA' });
    const kid = await one.current();
    expect((await one.keys.current()).algorithm).toBe('EdDSA');
    await bench.time.pass(2 * DAY);
    expect(await one.current()).toBe(kid);
  });
});

test.each<[SigningSettings['algorithm'], string[]]>([
  ['RS256', ['alg', 'e', 'kid', 'kty', 'n', 'use']],
  ['ES256', ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
  ['EdDSA', ['alg', 'crv', 'kid', 'kty', 'use', 'x']],
])('the JWKS has public members only (%s)', async (algorithm, members) => {
  const { keys } = await new Process(new Bench(), { algorithm }).keys.published();
  expect(keys.map((key) => Object.keys(key).sort())).toEqual([members]);
});

describe('the encryption key', () => {
  test('that comes first seals what an older one sealed', async () => {
    const bench = new Bench();
    const kid = await new Process(bench).current();
    expect(await new Process(bench, {}, [NEW_KEY, ENCRYPTION_KEY]).current()).toBe(kid);
    expect(await new Process(bench, {}, [NEW_KEY]).current()).toBe(kid);
  });

  test('that opens nothing here stops the start, and nothing is written', async () => {
    const bench = new Bench();
    await new Process(bench, { algorithm: 'EdDSA' }).current();
    const before = await bench.store.keys();
    const { access } = new Process(bench, { algorithm: 'ES256' }, [NEW_KEY]);
    await expect(access.start()).rejects.toThrow(ConfigurationError);
    await expect(access.start()).rejects.toThrow(/^.*\n {2}- broker\.encryptionKey: .*\[new, old\]/);
    expect(await bench.store.keys()).toEqual(before);
  });

  test('that changes elsewhere stops no process: the known key goes on, which is told', async () => {
    const bench = new Bench();
    const one = new Process(bench);
    const kid = await one.current();
    await new Process(bench, {}, [NEW_KEY, ENCRYPTION_KEY]).current();
    await bench.time.pass(5 * 60_000);
    expect([await one.current(), one.reported]).toEqual([kid, [1]]);
  });

  test('that changes elsewhere for one key hides none that is known', async () => {
    const bench = new Bench();
    const one = new Process(bench);
    await one.current();
    await bench.time.pass(89 * DAY);
    const before = await one.published();
    const [first] = await bench.store.keys();
    await bench.store.resealKey(1, first?.sealed ?? '', 'nonsense');
    await bench.time.pass(5 * 60_000);
    expect(before).toHaveLength(2);
    expect([await one.published(), one.reported]).toEqual([before, [1]]);
  });

  test('that is missing for a new key only leaves the others', async () => {
    const bench = new Bench();
    const one = new Process(bench);
    const kid = await one.current();
    await bench.store.addKey({ sequence: 2, sealed: 'nonsense' });
    await bench.time.pass(5 * 60_000);
    expect([await one.published(), one.reported]).toEqual([[kid], [2]]);
  });
});

test('keys that are gone from the store are a store that is not available', async () => {
  const bench = new Bench();
  const one = new Process(bench);
  await one.access.start();
  await bench.store.removeKey(1);
  await expect(one.current()).rejects.toMatchObject({ status: 503, reason: 'store_unreachable' });
});
