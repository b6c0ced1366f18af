import { describe, expect, it } from '@jest/globals';
import { expectTooWeak } from '../broker/e2e/support/expect-doors.js';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey } from '../support/keys.js';
import { peerTargetOn, withPeerTarget } from './support/peer-target.js';

const keys = [await signingKey('RS256', 'the key of the peer')];

const rights = {
  roles: ['admin'],
  groups: ['admins'],
  scope: 'openid read',
  realm_access: { roles: ['user'] },
  resource_access: { 'my-client': { roles: ['admin'] } },
  client_id: 'their-client',
  sid: 'theirs',
  tenant: { id: 7 },
};
const registered = (token: string) => {
  const { iss, sub, aud, iat, exp, jti } = claimsOf(token);
  return { iss, sub, aud, iat, exp, jti };
};
const doors = ['/readers', '/admins', '/users', '/roles'];

describe.each(adapters)('the policy of an entry on %s', (adapter) => {
  it.each<[claims: string[], admitted: Partial<typeof rights>, open: string[]]>([
    [[], {}, []],
    [['scope'], { scope: rights.scope }, ['/readers']],
    [['groups'], { groups: rights.groups }, ['/admins']],
    [['roles'], { roles: rights.roles }, ['/roles']],
    [['realm_access'], { realm_access: rights.realm_access }, ['/users']],
    [['resource_access'], { resource_access: rights.resource_access }, []],
    [['realm_access.roles'], {}, []],
    [['groups', 'tenant'], { groups: rights.groups, tenant: rights.tenant }, ['/admins']],
    [['client_id', 'preferred_username'], { client_id: rights.client_id }, []],
    [
      ['roles', 'scope', 'groups'],
      { roles: rights.roles, scope: rights.scope, groups: rights.groups },
      ['/readers', '/admins', '/roles'],
    ],
    [['__proto__', 'constructor', 'absent'], {}, []],
    [['iss', 'sub', 'exp'], {}, []],
    [['ROLES', 'Groups', 'scp'], {}, []],
  ])('%j admits exactly that', async (claims, admitted, open) => {
    await withPeerTarget(adapter, { peer: { keys }, entry: { claims } }, async (target) => {
      const { peer, neighbour, app } = target;
      const token = await peer.token(rights);
      expect(await target.admits(token)).toEqual({ ...registered(token), roles: [], ...admitted });
      for (const path of doors) {
        if (open.includes(path)) expect((await target.get(token, path)).status).toBe(200);
        else await expectTooWeak(app, token, path === '/readers' ? 'scope_missing' : 'claim_missing', path);
      }
      const others = await neighbour.token(rights);
      expect(await target.admits(others)).toEqual({ ...registered(others), roles: [] });
      await target.othersPass();
    });
  });
});

describe.each(adapters)('a peer on %s that may assert roles, groups and scopes', (adapter) => {
  const entry = { claims: ['roles', 'groups', 'scope'] };
  const target = peerTargetOn(adapter, () => ({ peer: { keys }, entry }));
  const opensNothing = async (token: string) => {
    await target().admits(token);
    for (const path of ['/admins', '/roles']) await expectTooWeak(target().app, token, 'claim_missing', path);
    await expectTooWeak(target().app, token, 'scope_missing', '/readers');
  };
  const deep = JSON.parse('['.repeat(2_000) + '"admin"' + ']'.repeat(2_000)) as unknown;

  it.each<[name: string, roles: unknown, left: string[]]>([
    ['a text', 'admin', []],
    ['a text with a comma', 'admin,user', []],
    ['a number', 5, []],
    ['null', null, []],
    ['true', true, []],
    ['an object', { admin: true, 0: 'admin', length: 1 }, []],
    ['an empty list', [], []],
    ['numbers', [1, 2], []],
    ['nested lists', [['admin'], [['admin']]], []],
    ['lists 2,000 deep', deep, []],
    ['objects', [{ name: 'admin' }, { toString: 'admin' }], []],
    ['null, and names', [null, 'guest', true, 'guest', 7, ''], ['guest', '']],
    ['names of the language', ['__proto__', 'constructor'], ['__proto__', 'constructor']],
  ])('and writes as roles %s', async (_, roles, left) => {
    const token = await target().peer.token({ roles });
    expect((await target().admits(token)).roles).toEqual(left);
    await opensNothing(token);
  });

  it('and writes as many roles as a token holds', async () => {
    const roles = Array.from({ length: 900 }, (_, at) => `role-${at}`);
    expect((await target().admits(target().peer.token({ roles }))).roles).toEqual(roles);
  });

  it.each<[name: string, claims: Record<string, unknown>]>([
    ['groups that are a text', { groups: 'admins' }],
    ['groups that are an object', { groups: { 0: 'admins', length: 1 } }],
    ['groups in a list within a list', { groups: [['admins']] }],
    ['groups that hide', { groups: null, _claim_names: { groups: 'src1' }, hasgroups: true }],
    ['scopes that are a number', { scope: 5 }],
    ['scopes that are an object', { scope: { read: true } }],
    ['scopes in a list with a number', { scope: ['read', 5] }],
    ['scopes with a comma', { scope: 'read,admin' }],
    ['scopes in another case', { scope: 'READ' }],
    ['scopes in other claims', { scp: 'read', scopes: ['read'], permissions: ['read'] }],
    ['scopes that are null beside others', { scope: null, scp: ['read'] }],
  ])('and writes %s', async (_, claims) => {
    await opensNothing(await target().peer.token(claims));
  });

  it('gives its tokens no more at the next request than at the first', async () => {
    const token = await target().peer.token({ roles: ['admin'] });
    for (let request = 0; request < 3; request++) {
      expect((await target().admits(token)).roles).toEqual(['admin']);
      await expectTooWeak(target().app, token, 'claim_missing', '/admins');
    }
  });
});
