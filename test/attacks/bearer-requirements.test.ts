import { describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Required, type ClaimRequirements, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { genuineClaims, TargetController, targetOn, type Refusal } from './support/bearer-target.js';
import { signedBy } from './support/forge.js';

const paths = {
  groups: { groups: ['a', 'b'] },
  anyOf: { groups: { anyOf: ['a', 'b'] } },
  nested: { 'realm_access.roles': ['a'] },
  number: { level: 3 },
  boolean: { email_verified: true },
  proto: { ['__proto__']: 'a' },
  protoPath: { '__proto__.groups': 'a' },
  nestedProto: { 'realm_access.__proto__.roles': 'a' },
  constructorName: { constructor: 'Object' },
  constructorPath: { 'constructor.name': 'VerifiedToken' },
  toString: { toString: 'a' },
  toStringPath: { 'toString.name': 'toString' },
  hasOwn: { hasOwnProperty: 'a' },
  valueOfLength: { 'groups.length': 1 },
  index: { 'groups.0': 'a' },
  characters: { 'sub.length': 9 },
  dots: { '...': 'a' },
} as const satisfies Record<string, ClaimRequirements>;

const controllers = Object.entries(paths).map(([path, claims]) => {
  @Controller()
  class PathController {
    @Get(path)
    enter(@Required({ claims }) token: IDToken): { sub: string } {
      return { sub: token.sub };
    }
  }
  return PathController;
});

type Path = keyof typeof paths;
type Case = readonly [path: Path, claims: string];

/** Claims of the wrong JSON type, and names of the language: as JSON, because some of it no object literal writes. */
const lacking: readonly Case[] = [
  ...[
    'null',
    '5',
    'true',
    '""',
    '"a b"',
    '"a,b"',
    '"ab"',
    '{"a":true,"b":true}',
    '{"0":"a","1":"b","length":2}',
    '[]',
    '[null]',
    '["a"]',
    '[["a","b"]]',
    '["a b"]',
    '[{"a":1},{"b":1}]',
    '["A","B"]',
    '[0,1]',
  ].map((json): Case => ['groups', `"groups":${json}`]),
  ['groups', '"group":["a","b"]'],
  ...['null', '5', '"a b"', '["c"]', '{"anyOf":["a"]}', '[["a"]]'].map((json): Case => ['anyOf', `"groups":${json}`]),
  ...[
    'null',
    '5',
    '"a"',
    '["a"]',
    '{}',
    '{"roles":null}',
    '{"roles":{"a":true}}',
    '{"roles":"aa"}',
    '[{"roles":["a"]}]',
    '{"Roles":["a"]}',
    '{"__proto__":{"roles":["a"]}}',
  ].map((json): Case => ['nested', `"realm_access":${json}`]),
  ['nested', '"realm_access.role":["a"]'],
  ['nested', '"roles":["a"]'],
  ...['"3"', 'true', '[["3"]]', '3.1', '1e400', 'null', '{"valueOf":3}'].map((json): Case => [
    'number',
    `"level":${json}`,
  ]),
  ...['"true"', '1', '"yes"', 'null', '[]', '{}', '["true"]'].map((json): Case => [
    'boolean',
    `"email_verified":${json}`,
  ]),
  ...(
    [
      'proto',
      'protoPath',
      'nestedProto',
      'constructorName',
      'constructorPath',
      'toString',
      'toStringPath',
      'hasOwn',
      'dots',
    ] as const
  ).map((path): Case => [path, '"x":1']),
  ['protoPath', '"__proto__":{"groups":"a"}'],
  ['protoPath', '"constructor":{"prototype":{"groups":"a"}}'],
  ['proto', '"__proto__":"a"'],
  ['nestedProto', '"realm_access":{"roles":"a"}'],
  ['constructorPath', '"constructor":{}'],
  ['characters', '"x":1'],
  ['index', '"groups":"a"'],
  ['dots', '"":{"":"a"}'],
];

const meeting: readonly Case[] = [
  ['groups', '"groups":["b","a","c"]'],
  ['anyOf', '"groups":"a"'],
  ['nested', '"realm_access":{"roles":["a"]}'],
  ['nested', '"realm_access.roles":["a"]'],
  ['number', '"level":3.0'],
  ['number', '"level":[1,3]'],
  ['boolean', '"email_verified":true'],
  ['constructorName', '"constructor":"Object"'],
  ['toString', '"toString":"a"'],
  ['hasOwn', '"hasOwnProperty":"a"'],
];

describe.each(adapters)('claims of the wrong JSON type, on %s', (adapter) => {
  const target = targetOn(adapter, () => ({ controllers: [TargetController, ...controllers] }));
  const withClaims = (claims: string) => {
    const { stub } = target();
    const text = `${JSON.stringify(genuineClaims(stub)).slice(0, -1)},${claims}}`;
    return signedBy(stub.key, { alg: 'RS256', kid: stub.key.kid }, text);
  };

  it.each(lacking)('%s: %s', async (path, claims) => {
    const refusal: Refusal = { reason: 'claim_missing', status: 403, error: 'insufficient_scope', path: `/${path}` };
    await target().refuses(withClaims(claims), refusal);
    await target().admits(withClaims(claims));
    await target().admits();
  });

  it.each(meeting)('%s is met by %s', async (path, claims) => target().admits(withClaims(claims), `/${path}`));

  it.each<[claims: string]>([
    ['"__proto__":{"admin":true,"groups":["admins"]}'],
    ['"constructor":{"prototype":{"groups":["admins"]}}'],
    ['"realm_access":{"__proto__":{"groups":["admins"],"roles":["admins"]}}'],
    ['"toString":"x","valueOf":"x","hasOwnProperty":"x","toJSON":"x","then":"x","constructor":"x"'],
    ['"toString":null,"valueOf":null,"hasOwnProperty":null,"toJSON":null,"then":null,"constructor":null'],
    ['"then":{"then":1},"length":-1,"name":[],"message":{},"status":500,"statusCode":500'],
    ['"roles":"admins","groups":"users","resource_access":null'],
    ['"roles":{"0":"admins"},"groups":5,"realm_access":[],"resource_access":[["my-client"]]'],
    ['"resource_access":{"__proto__":{"roles":["admins"]},"my-client":{"roles":{"0":"admins"}}}'],
    ['"resource_access":{"my-client":null,"my-api":5,"else":{"roles":["admins"]}}'],
    ['"realm_access":{"roles":{"toString":null}}'],
  ])('prototype-polluting names and odd types raise nobody: %s', async (claims) => {
    const forbidden: Refusal = { reason: 'claim_missing', status: 403, error: 'insufficient_scope', path: '/admin' };
    const token = withClaims(claims);
    await target().admits(token);
    await target().refuses(token, forbidden);
    await target().refuses(await target().stub.accessToken(), forbidden);
    expect(({} as Record<string, unknown>).groups).toBeUndefined();
    await target().admits({ groups: ['admins'] }, '/admin');
  });
});
