import { beforeEach, describe, expect, it } from '@jest/globals';
import { IDToken } from 'nestjs-oidc-auth';
import type { JsonObject } from '../../../lib/tokens/jws.js';
import type { IssuerKeys, KeySet } from '../../../lib/tokens/key-set.js';
import { VerifiedTokens } from '../../../lib/tokens/verified-tokens.js';

const keys = () => ({ issuers: new Set(['https://idp.example.org']), jwks: { keys: [] } });

/** A key set whose keys can be replaced. */
class Held {
  keys: IssuerKeys | undefined = keys();
  readonly keySet = { current: () => this.keys } as unknown as KeySet;

  entry(sub: string) {
    return {
      text: JSON.stringify({ iss: 'https://idp.example.org', sub, exp: 4_102_444_800 }),
      tokenOf: (claims: JsonObject) => new IDToken(claims),
      keys: this.keys ?? keys(),
      keySet: this.keySet,
    };
  }
}

let held: Held;
beforeEach(() => {
  held = new Held();
});

function remembering(most: number, ...names: string[]): VerifiedTokens {
  const verified = new VerifiedTokens(most);
  for (const name of names) add(verified, name);
  return verified;
}

const add = (verified: VerifiedTokens, name: string, by = held) => verified.add(verified.keyOf(name), by.entry(name));
const get = (verified: VerifiedTokens, name: string) => verified.get(verified.keyOf(name));
const remembered = (verified: VerifiedTokens, ...names: string[]) =>
  names.filter((name) => get(verified, name)?.token.sub === name);

describe('verified tokens', () => {
  it('are remembered, each as itself', () => {
    expect(remembered(remembering(5, 'a', 'b'), 'a', 'b', 'c')).toEqual(['a', 'b']);
  });

  it('are the very same each time, however often they are asked for', () => {
    const verified = remembering(5, 'a');
    const first = get(verified, 'a')?.token;
    expect(first).toEqual(new IDToken({ iss: 'https://idp.example.org', sub: 'a', exp: 4_102_444_800 }));
    expect(get(verified, 'a')?.token).toBe(first);
  });

  it('are told apart by every character', () => {
    const verified = remembering(5, 'header.payload.signature');
    for (const other of ['header.payload.signaturE', 'header.payload.signature ', 'header.payload.', '']) {
      expect(get(verified, other)).toBeUndefined();
    }
  });

  it('are bounded in number: the oldest that nobody has used since goes first', () => {
    const verified = remembering(3, 'a', 'b', 'c');
    get(verified, 'a');
    add(verified, 'd');
    expect(remembered(verified, 'b')).toEqual([]);
    add(verified, 'e');
    expect(remembered(verified, 'a', 'c', 'd', 'e')).toEqual(['a', 'd', 'e']);
  });

  it('that are all in use make room as well', () => {
    const verified = remembering(2, 'a', 'b');
    expect(remembered(verified, 'a', 'b')).toEqual(['a', 'b']);
    add(verified, 'c');
    expect(remembered(verified, 'a', 'b', 'c')).toEqual(['b', 'c']);
  });

  it('count as long as the key set is the very same', () => {
    const verified = remembering(3, 'a', 'b');
    const before = held.keys;
    held.keys = keys();
    expect(get(verified, 'a')).toBeUndefined();
    held.keys = before;
    expect(get(verified, 'a')).toBeUndefined();
    held.keys = undefined;
    expect(get(verified, 'b')).toBeUndefined();
  });

  it('of one issuer stay when the keys of another change', () => {
    const verified = remembering(3, 'a');
    const other = new Held();
    add(verified, 'b', other);
    held.keys = keys();
    expect(remembered(verified, 'a', 'b')).toEqual(['b']);
    expect(get(verified, 'b')?.keySet).toBe(other.keySet);
  });

  it('are not remembered at all with a bound of 0', () => {
    expect(remembered(remembering(0, 'a'), 'a')).toEqual([]);
  });
});
