import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { flattenRoles } from '../../../lib/tokens/roles.js';

describe('the roles of a token', () => {
  it('are those of all four claims, each once', () => {
    const claims = {
      roles: ['a', 'b'],
      groups: ['b', 'c'],
      realm_access: { roles: ['c', 'd'] },
      resource_access: { 'my-client': { roles: ['d', 'e'] }, 'my-api': { roles: ['f'] } },
    };
    expect(flattenRoles(claims, ['my-client', 'my-api'])).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('are not those that another client has', () => {
    const resource_access = { other: { roles: ['admin'] }, 'my-client-2': { roles: ['admin'] } };
    expect(flattenRoles({ resource_access }, ['my-client'])).toEqual([]);
    expect(flattenRoles({ resource_access }, [])).toEqual([]);
  });

  it.each([
    { roles: 'admin' },
    { roles: { admin: true } },
    { roles: [5, null, ['admin'], { admin: true }] },
    { groups: null },
    { realm_access: ['admin'] },
    { realm_access: { roles: 'admin' } },
    { resource_access: 'my-client' },
    { resource_access: { 'my-client': ['admin'] } },
    { resource_access: { 'my-client': { roles: { admin: 1 } } } },
  ])('are none where claims are of the wrong type: %j', (claims) => {
    expect(flattenRoles(claims, ['my-client'])).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('are none of what objects inherit, for a client %s', (client) => {
    expect(flattenRoles({ resource_access: {} }, [client])).toEqual([]);
  });

  it('are distinct strings, whatever the claims', () => {
    const claim = fc.oneof(fc.jsonValue(), fc.record({ roles: fc.jsonValue() }));
    const claims = fc.record({ roles: claim, groups: claim, realm_access: claim, resource_access: claim });
    fc.assert(
      fc.property(claims, fc.array(fc.string()), (given, clients) => {
        const roles = flattenRoles(given, clients);
        expect(roles.every((role) => typeof role === 'string')).toBe(true);
        expect(new Set(roles).size).toBe(roles.length);
      }),
    );
  });
});
