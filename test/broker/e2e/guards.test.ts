import { Controller, Get } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigurationError, OidcAuth, Required, type ClaimRequirements, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../../support/apps.js';
import { claimsOf, sign, signingKey } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen, expectShut, expectTooWeak } from './support/expect-doors.js';
import { ProviderTraffic } from './support/provider-traffic.js';
import { sessionAt } from './support/stub-logins.js';

@Controller()
class DepartmentController {
  @Get('cellar')
  cellar(@Required({ claims: { 'department.name': 'cellar' } }) token: IDToken): IDToken {
    return token;
  }

  @Get('groups')
  groups(@Required({ claims: { groups: ['/hpc'], 'realm_access.roles': ['user'] } }) token: IDToken): IDToken {
    return token;
  }
}

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => stub.restore());
afterAll(() => stub.close());

describe.each(adapters)('guards in broker mode on %s', (adapter) => {
  const traffic = new ProviderTraffic();
  let app: BrokerApp;
  beforeAll(async () => {
    app = await bootBroker(adapter, stub, { auth: { fetch: traffic.fetch } });
  });
  afterAll(() => app.close());

  it('take the tokens of the broker, and no others: not those of the provider', async () => {
    const { access, refresh } = await sessionAt(app, stub);
    await expectOpen(app, access);
    await expectShut(app, traffic.latest('access_token'), 'key_unknown');
    await expectShut(app, traffic.latest('id_token'), 'token_type');
    await expectShut(app, refresh, 'token_malformed');
    await expectOpen(app, access);
  });

  it('take no token of the provider that looks like one of ours', async () => {
    const { access } = await sessionAt(app, stub);
    const theirs = await sign(stub.key, claimsOf(access), { typ: 'at+jwt' });
    await expectShut(app, theirs, 'key_unknown');
    await expectOpen(app, access);
  });

  it('want scopes', async () => {
    const { access } = await sessionAt(app, stub, { others: { scope: 'openid read' } });
    await expectOpen(app, access, '/readers');
    const weak = await sessionAt(app, stub, { others: { scope: 'openid read:all' } });
    await expectTooWeak(app, weak.access, 'scope_missing', '/readers');
    const none = await sessionAt(app, stub, { others: { scope: '' } });
    await expectTooWeak(app, none.access, 'scope_missing', '/readers');
  });

  it('want claims, which read the same as without broker mode', async () => {
    const rights = { groups: ['staff', 'admins'], realm_access: { roles: ['user'] } };
    const { access } = await sessionAt(app, stub, { accessToken: rights });
    await expectOpen(app, access, '/admins');
    await expectOpen(app, access, '/users');
    const poor = await sessionAt(app, stub, { accessToken: { roles: ['admins'] } });
    await expectTooWeak(app, poor.access, 'claim_missing', '/admins');
    await expectTooWeak(app, poor.access, 'claim_missing', '/users');
  });

  it('want audience and issuer', async () => {
    const { access } = await sessionAt(app, stub);
    await expectOpen(app, access, '/own-audience');
    await expectShut(app, access, 'audience_mismatch', '/foreign-audience');
    await expectShut(app, access, 'issuer_not_accepted', '/foreign-issuer');
  });

  it('let nobody in without a token, and with @Optional anonymous ones', async () => {
    const { status, json, headers } = await app.client.get('/me');
    expect({ status, json }).toMatchObject({ status: 401, json: { error: 'invalid_token' } });
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect((await app.client.get('/maybe')).json).toEqual({ sub: 'nobody' });
    await expectShut(app, await stub.accessToken(), 'key_unknown', '/maybe');
  });

  it('hand out a token that nobody can change for the next request', async () => {
    const { access } = await sessionAt(app, stub, { accessToken: { groups: ['staff'] } });
    const token = await app.app.get(OidcAuth).verify(access);
    expect(() => token.roles.push('admin')).toThrow(TypeError);
    expect(() => token.groups?.push('admins')).toThrow(TypeError);
    await expectOpen(app, access);
  });

  it('prove tokens that came by another way, sessions included', async () => {
    const auth = app.app.get(OidcAuth);
    const { access } = await sessionAt(app, stub);
    expect(await auth.verify(access)).toMatchObject({ sub: 'stub-user' });
    await app.client.post('/auth/v2/logout', {}, { bearer: access });
    await expect(auth.verify(access)).rejects.toMatchObject({ status: 401, reason: 'session_ended' });
    await expect(auth.verify(await stub.accessToken())).rejects.toMatchObject({ reason: 'key_unknown' });
  });

  it('take no token of another key that names a kid of ours', async () => {
    const { access } = await sessionAt(app, stub);
    const { keys } = (await app.client.get('/auth/v2/.well-known/jwks.json')).json as { keys: [{ kid: string }] };
    const forged = await sign(await signingKey('ES256', keys[0].kid), claimsOf(access), { typ: 'at+jwt' });
    await expectShut(app, forged, 'signature_invalid');
    await expectOpen(app, access);
  });
});

describe.each(adapters)('a claim that tokens of the broker do not carry, on %s,', (adapter) => {
  const problemsOf = async (boot: ReturnType<typeof bootBroker>): Promise<readonly string[]> => {
    try {
      await (await boot).close();
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  };
  const boot = (claims: string[] | undefined, every: ClaimRequirements = {}) =>
    bootBroker(adapter, stub, {
      controllers: [DepartmentController],
      ...(claims && { broker: { claims } }),
      auth: { claims: every },
    });

  it('stops the boot if a route requires it', async () => {
    expect(await problemsOf(boot(undefined))).toEqual([
      'DepartmentController.cellar requires the claim "department.name", which tokens of the broker do not carry: add it to broker.claims.',
    ]);
  });

  it('stops the boot for each route and claim', async () => {
    const problems = await problemsOf(boot([]));
    expect(problems).toEqual([
      expect.stringContaining('DepartmentController.cellar requires the claim "department.name"'),
      expect.stringContaining('DepartmentController.groups requires the claim "groups"'),
      expect.stringContaining('DepartmentController.groups requires the claim "realm_access.roles"'),
    ]);
  });

  it('stops the boot if the option claims requires it', async () => {
    const claims = ['department', 'groups', 'realm_access'];
    expect(await problemsOf(boot(claims, { tenant: 'acme', sub: 'stub-user' }))).toEqual([
      'claims: "tenant" is no claim that tokens of the broker carry: add it to broker.claims.',
    ]);
  });

  it('is carried once it is listed, and then required of everybody', async () => {
    const app = await boot(['department', 'groups', 'realm_access', 'tenant'], { tenant: 'acme' });
    const granted = { accessToken: { department: { name: 'cellar' }, tenant: 'acme' } };
    await expectOpen(app, (await sessionAt(app, stub, granted)).access, '/cellar');
    const { access } = await sessionAt(app, stub, { accessToken: { department: { name: 'cellar' } } });
    await expectTooWeak(app, access, 'claim_missing', '/cellar');
    await app.close();
  });
});
