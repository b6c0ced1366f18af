import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimAt, topLevelNames } from '../../../lib/tokens/claim-path.js';

const name = fc.stringMatching(/^[a-z]{1,8}$/);
const names = fc.array(name, { minLength: 1, maxLength: 6 });

/** `nested(['a', 'b'], 1)` is `{ a: { b: 1 } }`. */
function nested(path: readonly string[], value: unknown): object {
  return path.reduceRight<unknown>((inner, one) => Object.fromEntries([[one, inner]]), value) as object;
}

describe('a claim path', () => {
  it.each<[string, object, string, unknown]>([
    ['a name', { sub: 'ada' }, 'sub', 'ada'],
    ['a name within', { realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
    ['a name with dots', { 'https://app.example.org/roles': ['a'] }, 'https://app.example.org/roles', ['a']],
    ['a name within one with dots', { 'https://a.org/x': { roles: 1 } }, 'https://a.org/x.roles', 1],
    ['a name with dots within', { resource_access: { 'my.api': { roles: 1 } } }, 'resource_access.my.api.roles', 1],
    ['the longest name that is there', { 'a.b.c': 1, 'a.b': { c: 2 }, a: { 'b.c': 3 } }, 'a.b.c', 1],
    ['the longer of two', { 'a.b': { c: 2 }, a: { b: { c: 3 } } }, 'a.b.c', 2],
    ['the shorter, where the longer leads nowhere', { 'a.b': { x: 2 }, a: { b: { c: 3 } } }, 'a.b.c', 3],
    ['false', { email_verified: false }, 'email_verified', false],
    ['null', { a: { b: null } }, 'a.b', null],
  ])('finds %s', (_, claims, path, found) => {
    expect(claimAt(claims, path)).toEqual(found);
  });

  it.each<[string, object, string]>([
    ['a name that is not there', { a: 1 }, 'b'],
    ['a name elsewhere', { resource_access: { roles: ['admin'] } }, 'realm_access.roles'],
    ['the last name at the top', { roles: ['admin'] }, 'realm_access.roles'],
    ['within a string', { a: 'bc' }, 'a.length'],
    ['within null', { a: null }, 'a.b'],
    ['what every object inherits', {}, 'constructor'],
    ['what every object inherits, within', { a: {} }, 'a.toString'],
    ['the prototype', {}, '__proto__'],
    ['what the prototype has', {}, '__proto__.constructor'],
    ['an empty path', { a: 1 }, ''],
    ['dots alone', { a: 1 }, '..'],
  ])('does not find %s', (_, claims, path) => {
    expect(claimAt(claims, path)).toBeUndefined();
  });

  it('leads to what was put there', () => {
    fc.assert(
      fc.property(names, fc.jsonValue(), (path, value) => {
        expect(claimAt(nested(path, value), path.join('.'))).toEqual(value);
      }),
    );
  });

  it('leads there whichever of its dots belong to names', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 4 }), (groups) => {
        const keys = groups.map((group) => group.join('.'));
        expect(claimAt(nested(keys, 'found'), keys.join('.'))).toBe('found');
      }),
    );
  });

  it('breaks on no claims and on no path', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (claims, path) => {
        expect(() => claimAt(claims, path)).not.toThrow();
      }),
    );
  });
});

describe('the names under which a token can have what is at a path', () => {
  it.each<[string, string[]]>([
    ['groups', ['groups']],
    ['realm_access.roles', ['realm_access.roles', 'realm_access']],
    ['https://app.example.org/roles', ['https://app.example.org/roles', 'https://app.example', 'https://app']],
    ['.a', ['.a']],
    ['', ['']],
  ])('for %j are %j', (path, names) => {
    expect(topLevelNames(path)).toEqual(names);
  });

  it('have whatever is found among them', () => {
    const name = fc.stringMatching(/^[ab.]{1,3}$/);
    const leaf = fc.constant('found');
    const claims = fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, leaf)))));
    fc.assert(
      fc.property(claims, fc.stringMatching(/^[ab.]{1,7}$/), (given, path) => {
        const names = topLevelNames(path);
        const others = Object.fromEntries(Object.entries(given).filter(([one]) => !names.includes(one)));
        expect(claimAt(others, path)).toBeUndefined();
      }),
    );
  });
});
