import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Required, type BrokerOptions, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../../support/apps.js';
import { expectWireError } from '../../support/expect-wire.js';
import { json, status } from '../../support/faults.js';
import { claimsOf, headerOf } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { bootBroker, type BrokerApp, type BrokerAppOptions } from './support/broker-app.js';
import { answerTokens, logInAt, refresh, sessionAt, type Granted } from './support/stub-logins.js';

@Controller()
class MeController {
  @Get('me')
  me(@Required() token: IDToken): IDToken {
    return token;
  }
}

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => stub.restore());
afterAll(() => stub.close());

describe.each(adapters)('the access token of the broker on %s', (adapter) => {
  const running: BrokerApp[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });
  const boot = async (options: BrokerAppOptions = {}) => {
    const app = await bootBroker(adapter, stub, { controllers: [MeController], ...options });
    running.push(app);
    return app;
  };
  /** The claims of our token for a log-in that the provider describes so. */
  const claimsFor = async (granted: Granted, userinfo: object = {}, broker: Partial<BrokerOptions> = {}) => {
    const app = await boot({ broker });
    stub.on('userinfo', json({ sub: 'stub-user', ...userinfo }));
    const { access } = await sessionAt(app, stub, granted);
    // what a guard hands out is what the token says, the roles as they are in it
    expect((await app.client.get('/me', {}, { bearer: access })).json).toEqual(claimsOf(access));
    return claimsOf(access);
  };

  it('has exactly the claims that it should have', async () => {
    const app = await boot();
    const everybodys = {
      iss: 'https://evil.example.org',
      sid: 'sid-of-the-provider',
      jti: 'jti-of-the-provider',
      nbf: 1,
      client_id: 'another',
      typ: 'Bearer',
      acr: '1',
      name: 'Stub User',
      department: 'cellar',
    };
    stub.on('userinfo', json({ ...everybodys, sub: 'stub-user', preferred_username: 'stub', email: 's@example.org' }));
    const { iss: _, client_id: __, ...others } = everybodys;
    const answer = await logInAt(app, stub, { idToken: others, accessToken: others });
    const access = String(answer.json.access_token);
    expect(headerOf(access)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{43}$/) });
    const { iat = 0, exp, jti, ...claims } = claimsOf(access);
    expect(claims).toEqual({
      iss: app.url,
      aud: 'own-api',
      sub: 'stub-user',
      client_id: 'my-client',
      scope: 'openid profile',
      sid: expect.stringMatching(/^[\w-]{22}$/),
      preferred_username: 'stub',
      email: 's@example.org',
      email_verified: false,
      roles: [],
    });
    expect(Number.isInteger(iat) && iat >= answer.made[0] && iat <= answer.made[1]).toBe(true);
    expect(exp).toBe(iat + 3_600);
    expect(exp).toBe(answer.json.expires);
    expect(jti).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
  });

  it('has a jti of its own each time', async () => {
    const app = await boot();
    const first = await sessionAt(app, stub);
    const second = await refresh(app, first.refresh);
    expect(claimsOf(String(second.json.access_token)).jti).not.toBe(claimsOf(first.access).jti);
  });

  describe('has in roles', () => {
    const theirs = {
      'my-client': { roles: ['client-role'] },
      'my-api': { roles: ['api-role'] },
      'own-api': { roles: ['role-of-a-client-called-like-our-audience'] },
      another: { roles: ['admin'] },
    };

    it('the union of all sources, without the roles of other clients', async () => {
      const { roles } = await claimsFor(
        {
          idToken: { roles: ['id-role'] },
          accessToken: { roles: ['role'], realm_access: { roles: ['realm-role', 'role'] }, resource_access: theirs },
        },
        { groups: ['/group'], resource_access: { another: { roles: ['admin-in-userinfo'] } } },
      );
      expect([...(roles as string[])].sort()).toEqual([
        '/group',
        'api-role',
        'client-role',
        'id-role',
        'realm-role',
        'role',
      ]);
    });

    it("every client's roles, if broker.roles is all", async () => {
      const { roles } = await claimsFor({ accessToken: { resource_access: theirs } }, {}, { roles: 'all' });
      expect([...(roles as string[])].sort()).toEqual([
        'admin',
        'api-role',
        'client-role',
        'role-of-a-client-called-like-our-audience',
      ]);
    });

    it.each([
      ['a string', 'admin'],
      ['a number', 5],
      ['an object', { admin: true }],
      ['a list of other things', [5, null, ['admin'], { roles: ['admin'] }]],
    ])('nothing of %s', async (_, roles) => {
      const claims = await claimsFor({ accessToken: { roles, groups: roles, realm_access: { roles } } });
      expect(claims.roles).toEqual([]);
    });
  });

  describe('copies claims as they came', () => {
    const rights = {
      groups: ['/hpc', '/staff'],
      realm_access: { roles: ['user'], verify_caller: true },
      resource_access: { another: { roles: ['admin'] } },
    };

    it('groups, realm_access and resource_access, if nothing else is said', async () => {
      expect(await claimsFor({ accessToken: { ...rights, department: 'cellar' } })).toMatchObject(rights);
      expect(await claimsFor({ accessToken: { department: 'cellar' } })).not.toHaveProperty('department');
    });

    it('those of broker.claims and no others', async () => {
      const claims = await claimsFor(
        { accessToken: { ...rights, department: { name: 'cellar', floor: -1 } }, idToken: { tenant: 7 } },
        { locale: 'eo' },
        { claims: ['department', 'tenant', 'locale', 'missing'] },
      );
      expect(claims).toMatchObject({ department: { name: 'cellar', floor: -1 }, tenant: 7, locale: 'eo' });
      for (const name of ['groups', 'realm_access', 'resource_access', 'missing']) {
        expect(claims).not.toHaveProperty(name);
      }
    });

    it('none, if the list is empty', async () => {
      const claims = await claimsFor({ accessToken: rights }, {}, { claims: [] });
      for (const name of Object.keys(rights)) expect(claims).not.toHaveProperty(name);
      expect(claims.roles).toEqual(['/hpc', '/staff', 'user']);
    });

    it('of the access token first, then of userinfo, then of the ID token', async () => {
      const broker = { claims: ['a', 'b', 'c'] };
      const granted = { accessToken: { a: 'access' }, idToken: { a: 'id', b: 'id', c: 'id' } };
      expect(await claimsFor(granted, { a: 'userinfo', b: 'userinfo' }, broker)).toMatchObject({
        a: 'access',
        b: 'userinfo',
        c: 'id',
      });
    });

    it('but never those that name the token, its session or its rights', async () => {
      const evil = { sid: 'evil', jti: 'evil', scope: 'admin', client_id: 'evil', roles: ['admin'], hasgroups: true };
      const names = ['iss', 'aud', 'sub', 'exp', 'iat', 'nbf', '__proto__', ...Object.keys(evil)];
      const claims = await claimsFor({}, { ...evil, iss: 'evil', aud: 'evil', exp: 1, nbf: 1 }, { claims: names });
      expect(claims).toMatchObject({
        aud: 'own-api',
        sub: 'stub-user',
        client_id: 'my-client',
        scope: 'openid profile',
      });
      expect(JSON.stringify({ ...claims, roles: [] })).not.toContain('evil');
      expect(claims).not.toHaveProperty('nbf');
    });
  });

  describe('knows the user', () => {
    it('from the ID token, and from userinfo what that leaves out', async () => {
      const idToken = { preferred_username: 'from-id-token', email: 'id@example.org', email_verified: true };
      const userinfo = { preferred_username: 'from-userinfo', email: 'userinfo@example.org', email_verified: false };
      expect(await claimsFor({ idToken }, userinfo)).toMatchObject(idToken);
      expect(await claimsFor({}, userinfo)).toMatchObject(userinfo);
    });

    it('never from the access token', async () => {
      const claims = await claimsFor({ accessToken: { preferred_username: 'x', email: 'x@x', sub: 'another' } });
      expect(claims.sub).toBe('stub-user');
      for (const name of ['preferred_username', 'email', 'email_verified']) expect(claims).not.toHaveProperty(name);
    });

    it.each<[string, Granted, object, boolean]>([
      ['of whoever gave the address', { idToken: { email: 'a@x', email_verified: true } }, {}, true],
      ['not of another address', { idToken: { email: 'a@x' } }, { email: 'b@x', email_verified: true }, false],
      ['not without a word', { idToken: { email: 'a@x' } }, {}, false],
      ['not as text', { idToken: { email: 'a@x', email_verified: 'true' } }, {}, false],
      ['not of somebody who did not give it', { idToken: { email_verified: true } }, { email: 'b@x' }, false],
    ])('believes email_verified %s', async (_, granted, userinfo, verified) => {
      expect((await claimsFor(granted, userinfo)).email_verified).toBe(verified);
    });
  });

  describe('has as sub', () => {
    const named = { idToken: { preferred_username: 'ada' } };

    it("the provider's", async () => {
      expect((await claimsFor(named)).sub).toBe('stub-user');
    });

    it('the user name, if broker.subject says so, which is warned of', async () => {
      const app = await boot({ broker: { subject: 'preferred_username' } });
      expect(app.logs.text('warn')).toMatch(/broker\.subject: .*[Nn]ames can be given away/);
      const first = await sessionAt(app, stub, named);
      expect(claimsOf(first.access)).toMatchObject({ sub: 'ada', preferred_username: 'ada' });
      answerTokens(stub, named);
      expect(claimsOf(String((await refresh(app, first.refresh)).json.access_token)).sub).toBe('ada');
    });

    it('the user name that was known, where a refresh brings none', async () => {
      const app = await boot({ broker: { subject: 'preferred_username' } });
      const first = await sessionAt(app, stub);
      stub.on('userinfo', status(404));
      const second = await refresh(app, first.refresh);
      expect(second.status).toBe(200);
      expect(claimsOf(String(second.json.access_token)).sub).toBe(claimsOf(first.access).sub);
    });

    it('no user name of somebody who has none: the log-in is refused', async () => {
      const app = await boot({ broker: { subject: 'preferred_username' } });
      stub.on('userinfo', json({ sub: 'stub-user' }));
      expectWireError(await logInAt(app, stub), 400, 'invalid_request');
      expect(app.told.refused.at(-1)).toMatchObject({ reason: 'username_unknown' });
    });
  });

  it.each<[string, Record<string, unknown>, string | undefined]>([
    ['what the provider granted', { scope: 'openid read:all' }, 'openid read:all'],
    ['what was asked for, where the provider does not repeat it', { scope: undefined }, 'openid profile email read'],
    ['nothing, where nothing was granted', { scope: '' }, undefined],
  ])('has in scope %s', async (_, others, scope) => {
    const app = await boot();
    const { json: tokens } = await logInAt(app, stub, { others });
    expect(tokens.scope).toBe(scope);
    expect(claimsOf(String(tokens.access_token)).scope).toBe(scope);
  });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)('is signed with %s, if broker.signing says so', async (algorithm) => {
    const app = await boot({ broker: { signing: { algorithm } } });
    const { access } = await sessionAt(app, stub);
    expect(headerOf(access)).toMatchObject({ alg: algorithm, typ: 'at+jwt' });
    expect((await app.client.get('/me', {}, { bearer: access })).status).toBe(200);
  });

  it('is signed with RS256, if nothing is said', async () => {
    const app = await boot({ broker: { signing: {} } });
    expect(headerOf((await sessionAt(app, stub)).access).alg).toBe('RS256');
  });
});
