import { describe, expect, test } from '@jest/globals';
import { carriedClaims, subjectOf, userClaims } from '../../../lib/broker/user-claims.js';
import { brokerSettings } from './broker-parts.js';

const settings = brokerSettings({ claims: ['groups', 'realm_access', 'resource_access'] });
const nothing = { accessToken: undefined, userinfo: undefined };

describe('identity', () => {
  test('is what the ID token says, before userinfo', () => {
    const login = { sub: '1', preferred_username: 'alice', email: 'a@example.org', email_verified: true };
    const userinfo = { preferred_username: 'mallory', email: 'm@example.org', email_verified: false };
    expect(userClaims(login, { ...nothing, userinfo }, settings)).toMatchObject({
      preferred_username: 'alice',
      email: 'a@example.org',
      email_verified: true,
    });
  });

  test('is what userinfo says where the ID token says nothing', () => {
    const userinfo = { preferred_username: 'alice', email: 'a@example.org', email_verified: true };
    expect(userClaims({ sub: '1' }, { ...nothing, userinfo }, settings)).toMatchObject(userinfo);
  });

  test('is never what the access token says', () => {
    const accessToken = { preferred_username: 'mallory', email: 'm@example.org', email_verified: true };
    expect(userClaims({ sub: '1' }, { ...nothing, accessToken }, settings)).toEqual({ roles: [] });
  });

  test.each([[5], [null], [''], [['a@example.org']]])('that is no text (%j) is left out', (email) => {
    expect(userClaims({ sub: '1', email, email_verified: true }, nothing, settings)).toEqual({ roles: [] });
  });
});

describe('a verified address', () => {
  test('is believed of whoever gave the address, and of nobody else', () => {
    const userinfo = { email: 'other@example.org', email_verified: true };
    const claims = userClaims({ sub: '1', email: 'a@example.org' }, { ...nothing, userinfo }, settings);
    expect(claims).toMatchObject({ email: 'a@example.org', email_verified: false });
  });

  test.each([['true'], [1], [undefined]])('is one only if it is said as true, not as %j', (verified) => {
    const claims = userClaims({ email: 'a@example.org', email_verified: verified }, nothing, settings);
    expect(claims.email_verified).toBe(false);
  });
});

describe('roles', () => {
  const resource_access = { client: { roles: ['own'] }, 'my-api': { roles: ['api'] }, other: { roles: ['admin'] } };

  test('are those of all sources, each once', () => {
    const login = { groups: ['a'], roles: ['b'] };
    const userinfo = { realm_access: { roles: ['c', 'a'] } };
    const accessToken = { roles: ['d', 'b'], resource_access };
    expect(userClaims(login, { accessToken, userinfo }, settings).roles).toEqual(['d', 'b', 'own', 'api', 'c', 'a']);
  });

  test("are our own clients' only", () => {
    expect(userClaims({ resource_access }, nothing, settings).roles).toEqual(['own', 'api']);
  });

  test("are every client's where the option says so", () => {
    const { roles } = userClaims({ resource_access }, nothing, brokerSettings({ roles: 'all' }));
    expect(roles).toEqual(['own', 'api', 'admin']);
  });

  test.each([['text'], [null], [5], [['a']]])('are none in a resource_access of %j', (access) => {
    for (const roles of ['own', 'all'] as const) {
      expect(userClaims({ resource_access: access }, nothing, brokerSettings({ roles })).roles).toEqual([]);
    }
  });
});

describe('copied claims', () => {
  test('are those that are configured, from the access token first', () => {
    const claims = userClaims(
      { groups: ['login'], tenant: 't' },
      { accessToken: { groups: ['token'] }, userinfo: { groups: ['info'] } },
      settings,
    );
    expect(claims).toMatchObject({ groups: ['token'] });
    expect(claims).not.toHaveProperty('tenant');
  });

  const ours = ['iss', 'aud', 'sub', 'client_id', 'scope', 'jti', 'sid', 'iat', 'nbf', 'exp', '__proto__'];

  test.each(ours)('never have the name of one of ours: %s', (name) => {
    const login = JSON.parse(`{ "${name}": "theirs" }`) as Record<string, unknown>;
    const claims = userClaims(login, nothing, brokerSettings({ claims: [name] }));
    expect(Object.keys(claims)).toEqual(['roles']);
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
  });

  test('cannot stand in for roles, address or user name', () => {
    const accessToken = {
      roles: 'all',
      hasgroups: 'x',
      email: 'm@example.org',
      email_verified: true,
      preferred_username: 'm',
    };
    const claims = userClaims({}, { ...nothing, accessToken }, brokerSettings({ claims: Object.keys(accessToken) }));
    expect(claims).toEqual({ roles: [] });
  });

  test('are not what every object inherits', () => {
    expect(userClaims({}, nothing, brokerSettings({ claims: ['toString', 'constructor'] }))).toEqual({ roles: [] });
  });

  test('are told to requirements, with the names that are always ours', () => {
    const carried = carriedClaims(brokerSettings({ claims: ['tenant', '__proto__'] }));
    expect(carried).toEqual(expect.arrayContaining(['sub', 'roles', 'email', 'preferred_username', 'tenant']));
    expect(carried).not.toContain('__proto__');
  });
});

describe('groups that are left out for their number', () => {
  test.each<[string, object, object | undefined, unknown]>([
    ['hasgroups', { hasgroups: true }, undefined, true],
    ['_claim_names', { _claim_names: { groups: 'src1' } }, undefined, true],
    ['one of two sources', {}, { hasgroups: true }, true],
    ['nothing', {}, undefined, undefined],
    ['groups in another source', { hasgroups: true }, { groups: ['a'] }, undefined],
  ])('are told by hasgroups: %s', (_, login, accessToken, expected) => {
    const description = { ...nothing, accessToken: accessToken as Record<string, unknown> | undefined };
    expect(userClaims(login as Record<string, unknown>, description, settings).hasgroups).toBe(expected);
  });
});

describe('the subject', () => {
  test('is the one of the provider', () => {
    expect(subjectOf({ sub: '1' }, { preferred_username: 'alice' }, { subject: 'sub' })).toBe('1');
  });

  test('is the user name where the option says so', () => {
    expect(subjectOf({ sub: '1' }, { preferred_username: 'alice' }, { subject: 'preferred_username' })).toBe('alice');
  });

  test.each([[undefined], [''], [5]])('cannot be %j', (name) => {
    expect(() => subjectOf({ sub: '1' }, { preferred_username: name }, { subject: 'preferred_username' })).toThrow(
      expect.objectContaining({ reason: 'username_unknown' }),
    );
  });
});
