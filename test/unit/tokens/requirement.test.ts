import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IDToken, type ClaimRequirements, type TokenRequirements } from 'nestjs-oidc-auth';
import { Requirement } from '../../../lib/tokens/requirement.js';

const tokenOf = (claims: object) =>
  new IDToken({ iss: 'https://idp.example.org', sub: 'ada', exp: 4_102_444_800, ...claims });
const shortfall = (requirements: TokenRequirements, claims: object) =>
  Requirement.parse(requirements).shortfall(tokenOf(claims));
const scopeName = fc.stringMatching(/^[a-z]{1,3}$/);

describe('required scopes', () => {
  it.each<[TokenRequirements['scopes'], string]>([
    ['read', 'read'],
    ['read write', 'write read'],
    [['read', 'write'], 'read write more'],
    [['read write'], 'read write'],
    ['  read\twrite\n', 'read write'],
  ])('%j are met by %j', (scopes, scope) => {
    expect(shortfall({ scopes }, { scope })).toBeUndefined();
  });

  it.each<[TokenRequirements['scopes'], object, string]>([
    ['read write', { scope: 'read' }, 'read write'],
    ['read', { scope: 'read:all' }, 'read'],
    ['read:all', { scope: 'read' }, 'read:all'],
    ['read', { scope: 'READ' }, 'read'],
    ['read', {}, 'read'],
    ['read', { scope: null }, 'read'],
    ['read', { scope: 5 }, 'read'],
    ['read', { scope: { read: true } }, 'read'],
    [['read', 'write'], { scope: ['read'] }, 'read write'],
  ])('%j are not met by %j', (scopes, claims, scope) => {
    expect(shortfall({ scopes }, claims)).toEqual({ reason: 'scope_missing', scope });
  });

  it('are met if, and only if, all are granted', () => {
    fc.assert(
      fc.property(fc.array(scopeName, { minLength: 1 }), fc.array(scopeName), (wanted, granted) => {
        const missing = wanted.some((scope) => !granted.includes(scope));
        expect(shortfall({ scopes: wanted }, { scope: granted.join(' ') }) !== undefined).toBe(missing);
      }),
    );
  });
});

describe('required claims', () => {
  it.each<[ClaimRequirements, object]>([
    [{ email_verified: true }, { email_verified: true }],
    [{ level: 2 }, { level: 2 }],
    [{ groups: 'a' }, { groups: ['b', 'a'] }],
    [{ groups: ['a', 'b'] }, { groups: ['b', 'a', 'c'] }],
    [{ tenant: 'a' }, { tenant: 'a' }],
    [{ groups: { anyOf: ['a', 'b'] } }, { groups: ['b'] }],
    [{ tenant: { anyOf: ['a', 'b'] } }, { tenant: 'b' }],
    [{ 'realm_access.roles': 'a' }, { realm_access: { roles: ['a'] } }],
    [{ 'https://app.example.org/roles': 'a' }, { 'https://app.example.org/roles': ['a'] }],
    [
      { tenant: 'a', level: 2 },
      { tenant: 'a', level: 2 },
    ],
  ])('%j are met by %j', (claims, own) => {
    expect(shortfall({ claims }, own)).toBeUndefined();
  });

  it.each<[ClaimRequirements, object, string]>([
    [{ email_verified: true }, { email_verified: 'true' }, 'email_verified'],
    [{ level: 2 }, { level: '2' }, 'level'],
    [{ level: '2' }, { level: 2 }, 'level'],
    [{ groups: ['a', 'b'] }, { groups: ['a'] }, 'groups'],
    [{ groups: 'a' }, { groups: 'a b' }, 'groups'],
    [{ groups: 'a' }, { groups: { a: true } }, 'groups'],
    [{ groups: 'a' }, { groups: [['a']] }, 'groups'],
    [{ groups: 'a' }, { groups: null }, 'groups'],
    [{ groups: 'a' }, {}, 'groups'],
    [{ groups: { anyOf: ['a', 'b'] } }, { groups: ['c'] }, 'groups'],
    [{ 'realm_access.roles': 'a' }, { realm_access: { roles: [] }, roles: ['a'] }, 'realm_access.roles'],
    [{ tenant: 'a', level: 2 }, { tenant: 'a' }, 'level'],
    [{ constructor: 'Object' }, {}, 'constructor'],
  ])('%j are not met by %j', (claims, own, claim) => {
    expect(shortfall({ claims }, own)).toEqual({ reason: 'claim_missing', claim });
  });

  it('are checked against any JSON without a fault', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ minLength: 1 }), (claim, value) => {
        const missing = Array.isArray(claim) ? !claim.includes(value) : claim !== value;
        expect(shortfall({ claims: { claim: value } }, { claim }) !== undefined).toBe(missing);
      }),
    );
  });
});

describe('a required audience or issuer', () => {
  it.each<[TokenRequirements, object, string | undefined]>([
    [{ audience: 'a' }, { aud: 'a' }, undefined],
    [{ audience: ['a', 'b'] }, { aud: ['c', 'b'] }, undefined],
    [{ audience: 'a' }, { aud: ['b'] }, 'audience_mismatch'],
    [{ audience: 'a' }, {}, 'audience_mismatch'],
    [{ issuers: ['https://idp.example.org'] }, {}, undefined],
    [{ issuers: ['https://idp.example.org/'] }, {}, 'issuer_not_accepted'],
  ])('%j, of a token with %j: %s', (requirements, claims, reason) => {
    expect(shortfall(requirements, claims)?.reason).toBe(reason);
  });
});

describe('the claims that a requirement looks at', () => {
  it('are known by their paths', () => {
    const claims = { groups: ['a'], 'realm_access.roles': { anyOf: ['b'] } } as const;
    expect(Requirement.parse({ claims, scopes: 'read', audience: 'x' }).claimPaths).toEqual([
      'groups',
      'realm_access.roles',
    ]);
    expect(Requirement.parse({ scopes: 'read' }).claimPaths).toEqual([]);
  });
});

describe('no requirement', () => {
  it('is met by every token', () => {
    expect(shortfall({}, {})).toBeUndefined();
  });
});

describe('a requirement that cannot be understood', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;

  it.each<[string, unknown, RegExp]>([
    ['null', null, /expected an object such as \{ scopes: 'admin' \}, got null/],
    ['a list', ['admin'], /expected an object.*got \["admin"\]/],
    ['a misspelt entry', { scope: 'admin' }, /scope: there is no such requirement, only scopes, claims/],
    ['an entry of null', { scopes: null }, /scopes: expected a string.*got null/],
    ['an entry of undefined', { audience: undefined }, /audience: is there, and undefined: leave it out/],
    ['an issuer that is empty', { issuers: [' '] }, /issuers: expected a string/],
    ['a number among scopes', { scopes: ['a', 5] }, /scopes: .*got \["a",5\]/],
    ['NaN for scopes', { scopes: NaN }, /scopes: .*got NaN/],
    ['a bigint for scopes', { scopes: 5n }, /scopes: .*got (a )?bigint/],
    ['a function for scopes', { scopes: () => 'admin' }, /scopes: .*got (a )?function/],
    ['a circular value', { claims: { a: circular } }, /claims: "a" wants a string, number or boolean/],
    ['a claim without name', { claims: { '': 'a' } }, /claims: "" wants/],
    ['a list of lists', { claims: { a: [['b']] } }, /claims: "a" wants.*got \[\["b"\]\]/],
    ['anyOf beside another entry', { claims: { a: { anyOf: ['b'], allOf: [] } } }, /claims: "a" wants/],
    ['an unheard-of operator', { claims: { a: { oneOf: ['b'] } } }, /or \{ anyOf: \[\.\.\.\] \}, got \{"oneOf"/],
    ['anyOf with an object', { claims: { a: { anyOf: [{}] } } }, /claims: "a" wants/],
    ['a number that no claim can be', { claims: { level: NaN } }, /claims: "level" wants.*got NaN/],
  ])('is told: %s', (_, requirements, sentence) => {
    const parse = () => Requirement.parse(requirements as TokenRequirements);
    expect(parse).toThrow(TypeError);
    expect(parse).toThrow(sentence);
  });
});
