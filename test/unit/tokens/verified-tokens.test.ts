import { describe, expect, it } from '@jest/globals';
import { IDToken } from 'nestjs-oidc-auth';
import { VerifiedTokens } from '../../../lib/tokens/verified-tokens.js';

const keys = () => ({ issuers: new Set(['https://idp.example.org']), jwks: { keys: [] } });
const tokenOf = (sub: string) => new IDToken({ iss: 'https://idp.example.org', sub, exp: 4_102_444_800 });
const held = keys();

function remembering(most: number, ...names: string[]): VerifiedTokens {
  const verified = new VerifiedTokens(most);
  for (const name of names) verified.add(name, tokenOf(name), held);
  return verified;
}

const remembered = (verified: VerifiedTokens, ...names: string[]) =>
  names.filter((name) => verified.get(name, held)?.sub === name);

describe('verified tokens', () => {
  it('are remembered, each as itself', () => {
    expect(remembered(remembering(5, 'a', 'b'), 'a', 'b', 'c')).toEqual(['a', 'b']);
  });

  it('are told apart by every character', () => {
    const verified = remembering(5, 'header.payload.signature');
    for (const other of ['header.payload.signaturE', 'header.payload.signature ', 'header.payload.', '']) {
      expect(verified.get(other, held)).toBeUndefined();
    }
  });

  it('are bounded in number: the longest unused goes first', () => {
    const verified = remembering(3, 'a', 'b', 'c');
    verified.get('a', held);
    verified.add('d', tokenOf('d'), held);
    expect(remembered(verified, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('count as long as the key set is the very same', () => {
    const verified = remembering(3, 'a', 'b');
    expect(verified.get('a', keys())).toBeUndefined();
    expect(verified.get('a', held)).toBeUndefined();
    expect(verified.get('b', undefined)).toBeUndefined();
  });

  it('are not remembered at all with a bound of 0', () => {
    expect(remembered(remembering(0, 'a'), 'a')).toEqual([]);
  });
});
