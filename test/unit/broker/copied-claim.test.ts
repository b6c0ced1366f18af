import { describe, expect, it } from '@jest/globals';
import { userClaims } from '../../../lib/broker/user-claims.js';
import { brokerSettings } from './broker-parts.js';

const settings = brokerSettings({ claims: ['groups', 'realm_access', 'resource_access', 'department'] });

/** What our token carries of an access token that says this. */
const carried = (claims: object) =>
  userClaims({ sub: 'ada' }, { accessToken: { ...claims }, userinfo: undefined }, settings);

describe('a claim of the provider', () => {
  it.each([
    { groups: ['/hpc', '/hpc/admins'] },
    { groups: [] },
    { realm_access: { roles: ['user'] } },
    { realm_access: {} },
    { resource_access: { client: { roles: ['user'] }, other: {} } },
    { department: 7 },
    { department: ['a', 7, null] },
    { department: { of: 'physics' } },
  ])('travels as it came: %j', (claims) => {
    expect(carried(claims)).toMatchObject(claims);
  });

  it.each([
    [{ groups: '/hpc' }, {}],
    [{ groups: { '/hpc': true } }, {}],
    [{ groups: ['/hpc', 7, null, ['/admins']] }, { groups: ['/hpc'] }],
    [{ realm_access: ['admin'] }, {}],
    [{ realm_access: 'admin' }, {}],
    [{ realm_access: { roles: 'admin' } }, {}],
    [{ realm_access: { roles: ['admin', 7] } }, {}],
    [{ resource_access: ['client'] }, {}],
    [
      { resource_access: { client: null, other: { roles: ['user'] }, third: { roles: 'x' } } },
      { resource_access: { other: { roles: ['user'] } } },
    ],
  ])('that peers cannot read travels as far as they can: %j as %j', (claims, expected) => {
    const token = Object.entries(carried(claims)).filter(([name]) => name !== 'roles');
    expect(Object.fromEntries(token)).toEqual(expected);
  });
});
