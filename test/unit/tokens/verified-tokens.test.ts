import { beforeEach, describe, expect, it } from '@jest/globals';
import { IDToken } from 'nestjs-oidc-auth';
import type { IssuerKeys, KeySet } from '../../../lib/tokens/key-set.js';
import { VerifiedTokens } from '../../../lib/tokens/verified-tokens.js';

const keys = () => ({ issuers: new Set(['https://idp.example.org']), jwks: { keys: [] } });
const tokenOf = (sub: string) => new IDToken({ iss: 'https://idp.example.org', sub, exp: 4_102_444_800 });

/** A key set whose keys can be replaced. */
class Held {
  keys: IssuerKeys | undefined = keys();
  readonly keySet = { current: () => this.keys } as unknown as KeySet;

  entry(sub: string) {
    return { token: tokenOf(sub), keys: this.keys ?? keys(), keySet: this.keySet };
  }
}

let held: Held;
beforeEach(() => {
  held = new Held();
});

function remembering(most: number, ...names: string[]): VerifiedTokens {
  const verified = new VerifiedTokens(most);
  for (const name of names) verified.add(name, held.entry(name));
  return verified;
}

const remembered = (verified: VerifiedTokens, ...names: string[]) =>
  names.filter((name) => verified.get(name)?.token.sub === name);

describe('verified tokens', () => {
  it('are remembered, each as itself', () => {
    expect(remembered(remembering(5, 'a', 'b'), 'a', 'b', 'c')).toEqual(['a', 'b']);
  });

  it('are told apart by every character', () => {
    const verified = remembering(5, 'header.payload.signature');
    for (const other of ['header.payload.signaturE', 'header.payload.signature ', 'header.payload.', '']) {
      expect(verified.get(other)).toBeUndefined();
    }
  });

  it('are bounded in number: the longest unused goes first', () => {
    const verified = remembering(3, 'a', 'b', 'c');
    verified.get('a');
    verified.add('d', held.entry('d'));
    expect(remembered(verified, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('count as long as the key set is the very same', () => {
    const verified = remembering(3, 'a', 'b');
    const before = held.keys;
    held.keys = keys();
    expect(verified.get('a')).toBeUndefined();
    held.keys = before;
    expect(verified.get('a')).toBeUndefined();
    held.keys = undefined;
    expect(verified.get('b')).toBeUndefined();
  });

  it('of one issuer stay when the keys of another change', () => {
    const verified = remembering(3, 'a');
    const other = new Held();
    verified.add('b', other.entry('b'));
    held.keys = keys();
    expect(remembered(verified, 'a', 'b')).toEqual(['b']);
    expect(verified.get('b')?.keySet).toBe(other.keySet);
  });

  it('are not remembered at all with a bound of 0', () => {
    expect(remembered(remembering(0, 'a'), 'a')).toEqual([]);
  });
});
