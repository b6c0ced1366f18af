import { describe, expect, test } from '@jest/globals';
import { SealKeyUnknown, Vault, VaultSealBroken, type Place } from '../../../lib/broker/vault.js';

const OLD = 'the old encryption key, 32 or more';
const NEW = 'the new encryption key, 32 or more';
const PLACE: Place = ['sessions', 'row', 3];
const CONTENT = { refreshToken: 'hunter2', nested: { name: 'Jürgen' } };

const vault = new Vault([OLD]);

describe('a sealed text', () => {
  test('opens in its place', () => {
    expect(vault.open(vault.seal(CONTENT, PLACE), PLACE)).toEqual(CONTENT);
  });

  test.each<[string, Place]>([
    ['row', ['sessions', 'other', 3]],
    ['generation', ['sessions', 'row', 4]],
    ['table', ['keys', 'row', 3]],
    ['place without a generation', ['sessions', 'row']],
  ])('opens in no other %s', (_, place) => {
    expect(() => vault.open(vault.seal(CONTENT, PLACE), place)).toThrow(VaultSealBroken);
  });

  test('tells nothing of what is in it', () => {
    const sealed = vault.seal(CONTENT, PLACE);
    const text = sealed + Buffer.from(sealed.split('.')[1] ?? '', 'base64url').toString('latin1');
    expect(text).not.toMatch(/hunter2|refreshToken|sessions|encryption key/);
  });

  test('is another one each time', () => {
    expect(vault.seal(CONTENT, PLACE)).not.toBe(vault.seal(CONTENT, PLACE));
  });

  test('opens no more when any of its bytes has been changed', () => {
    const [id = '', body = ''] = vault.seal({ a: 1 }, PLACE).split('.');
    const bytes = Buffer.from(body, 'base64url');
    const opened = [...bytes.keys()].filter((index) => {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      return opens(`${id}.${changed.toString('base64url')}`);
    });
    expect(opened).toEqual([]);
  });

  test.each([1, 4, 16, 17, 28])('opens no more without its last %i bytes', (missing) => {
    const [id = '', body = ''] = vault.seal(CONTENT, PLACE).split('.');
    const shortened = Buffer.from(body, 'base64url').subarray(0, -missing).toString('base64url');
    expect(() => vault.open(`${id}.${shortened}`, PLACE)).toThrow(VaultSealBroken);
  });

  test.each(['', '.', 'x', 'null', '{}', 'AAAAAAAA', 'AAAAAAAA.', 'AAAAAAAA.$', 'AAAA.AAAA', 'AAAAAAAA.AA.AA', '\0'])(
    'was %j never',
    (garbage) => {
      expect(() => vault.open(garbage, PLACE)).toThrow(VaultSealBroken);
    },
  );

  test('is nothing but a body under a known key id', () => {
    const [id = ''] = vault.seal(CONTENT, PLACE).split('.');
    expect(() => vault.open(`${id}.AAAA`, PLACE)).toThrow(VaultSealBroken);
  });
});

describe('encryption keys', () => {
  test('that are not at hand are told from broken seals', () => {
    expect(() => vault.open(new Vault([NEW]).seal(CONTENT, PLACE), PLACE)).toThrow(SealKeyUnknown);
  });

  test('are changed by a list: the first seals, all open', () => {
    const both = new Vault([NEW, OLD]);
    const before = vault.seal(CONTENT, PLACE);
    const after = both.seal(CONTENT, PLACE);
    expect(both.open(before, PLACE)).toEqual(CONTENT);
    expect(new Vault([NEW]).open(after, PLACE)).toEqual(CONTENT);
    expect([both.isCurrent(before), both.isCurrent(after)]).toEqual([false, true]);
  });

  test('are known by an id that is the same in every process', () => {
    expect(new Vault([OLD]).isCurrent(vault.seal(CONTENT, PLACE))).toBe(true);
    expect(new Vault([NEW]).isCurrent(vault.seal(CONTENT, PLACE))).toBe(false);
  });
});

function opens(sealed: string): boolean {
  try {
    vault.open(sealed, PLACE);
    return true;
  } catch (error) {
    if (error instanceof VaultSealBroken) return false;
    throw error;
  }
}
