import { beforeAll, describe, expect, it } from '@jest/globals';
import { OidcAuth } from 'nestjs-oidc-auth';
import { expectOpen, expectTooWeak } from '../broker/e2e/support/expect-doors.js';
import { sessionAt } from '../broker/e2e/support/stub-logins.js';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey } from '../support/keys.js';
import { signedBy } from './support/forge.js';
import { peerTargetOn } from './support/peer-target.js';

const keys = [await signingKey('RS256', 'the key of the peer')];
const [key] = keys as [(typeof keys)[0]];

/** Everything that would give rights here, if it were believed. */
const rights = {
  roles: ['admin', 'user'],
  groups: ['admins'],
  scope: 'openid read admin',
  scp: ['read', 'admin'],
  scopes: ['read'],
  realm_access: { roles: ['user', 'admin'] },
  resource_access: { 'my-client': { roles: ['admin'] }, 'own-api': { roles: ['admin'] } },
};
/** What says who asks, and from which session. */
const names = { client_id: 'my-client', azp: 'my-client', act: { sub: 'admin' }, tenant: 'ours', acr: 'gold' };
const user = { preferred_username: 'ada', email: 'ada@example.org', email_verified: true };
const registered = (token: string) => {
  const { iss, sub, aud, iat, exp, jti } = claimsOf(token);
  return { iss, sub, aud, iat, exp, jti };
};

describe.each(adapters)('a peer on %s to which nothing is admitted', (adapter) => {
  const target = peerTargetOn(adapter, () => ({ peer: { keys } }));
  /** A session of ours, which the peer knows. */
  let sid: string;
  let access: string;
  beforeAll(async () => {
    const idToken = { preferred_username: 'alice', email: 'alice@example.org', given_name: 'Alice' };
    ({ access } = await sessionAt(target().app, target().stub, { idToken }));
    sid = String(claimsOf(access).sid);
  });

  it('asserts who the user is, and everything else in vain', async () => {
    const token = await target().peer.token({ ...rights, ...names, ...user, sid });
    expect(await target().admits(token)).toEqual({ ...registered(token), ...user, roles: [] });
    await expectTooWeak(target().app, token, 'scope_missing', '/readers');
    for (const path of ['/admins', '/users', '/roles']) {
      await expectTooWeak(target().app, token, 'claim_missing', path);
    }
  });

  it("asserts sid of one of our sessions: it is nobody's, and userinfo knows of the peer's user only", async () => {
    const { app, peer } = target();
    const alice = { sub: 'stub-user', sid };
    const infoOf = async (token: string) => app.client.get('/auth/v2/userinfo', {}, { bearer: token });
    expect((await infoOf(access)).json).toMatchObject({ username: 'alice', first_name: 'Alice' });
    expect(await target().admits(peer.token(alice))).not.toHaveProperty('sid');
    const nameless = await infoOf(await peer.token(alice));
    expect({ status: nameless.status, told: nameless.text.includes('lice') }).toEqual({ status: 404, told: false });
    const { status, json } = await infoOf(await peer.token({ ...alice, ...user }));
    const [username, first_name, last_name] = ['ada', '', ''];
    expect({ status, json }).toEqual({
      status: 200,
      json: { username, first_name, last_name, pw_name: username, email: user.email },
    });
  });

  it('asserts sid of a session that has ended: that is no matter of it either', async () => {
    const { app, peer } = target();
    const ended = (await sessionAt(app, target().stub)).access;
    expect((await app.client.post('/auth/v2/logout', {}, { bearer: ended })).status).toBe(200);
    await target().admits(peer.token({ sid: claimsOf(ended).sid }));
    await expectOpen(app, access);
  });

  it.each<[name: string, claims: Record<string, unknown>, left: object]>([
    ['an email that is a list', { email: ['ada@example.org'], email_verified: true }, {}],
    ['an email that is an object', { email: { address: 'ada@example.org' } }, {}],
    ['an email that is a number', { email: 5, email_verified: true }, {}],
    ['an email that is null', { email: null, email_verified: true }, {}],
    ['email_verified without email', { email_verified: true }, {}],
    ['email_verified that is text', { email: 'a@b', email_verified: 'true' }, { email: 'a@b', email_verified: false }],
    ['email_verified that is a number', { email: 'a@b', email_verified: 1 }, { email: 'a@b', email_verified: false }],
    ['an email that nobody has verified', { email: 'a@b' }, { email: 'a@b', email_verified: false }],
    ['a user name that is a list', { preferred_username: ['ada'] }, {}],
    ['a user name that is an object', { preferred_username: { toString: 'ada' } }, {}],
    ['a user name that is null', { preferred_username: null }, {}],
  ])('asserts %s', async (_, claims, left) => {
    const token = await target().peer.token(claims);
    expect(await target().admits(token)).toEqual({ ...registered(token), ...left, roles: [] });
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'toJSON', 'hasOwnProperty', 'then'])(
    'asserts %s',
    async (name) => {
      const genuine = await target().peer.token();
      const payload = JSON.stringify(claimsOf(genuine)).replace(
        /}$/,
        `,"${name}":{"roles":["admin"],"scope":"read","groups":["admins"],"sid":"x"}}`,
      );
      const token = signedBy(key, { alg: 'RS256', kid: key.kid, typ: 'at+jwt' }, payload);
      expect(await target().admits(token)).toEqual({ ...registered(token), roles: [] });
      for (const path of ['/admins', '/roles']) await expectTooWeak(target().app, token, 'claim_missing', path);
      await expectTooWeak(target().app, token, 'scope_missing', '/readers');
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(({} as { roles?: unknown }).roles).toBeUndefined();
    },
  );

  it('asserts all roles that its token holds, and more than it may', async () => {
    const { app, peer } = target();
    const roles = Array.from({ length: 10_000 }, (_, at) => `role-${at}`);
    await expect(app.app.get(OidcAuth).verify(await peer.token({ roles }))).rejects.toMatchObject({
      reason: 'token_too_large',
    });
    const many = await peer.token({ roles: roles.slice(0, 900) });
    expect(await target().admits(many)).toEqual({ ...registered(many), roles: [] });
  });
});
