import { Controller, Get, UseGuards } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CurrentToken, OidcGuard, Optional, Public, Required, Requires, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { status } from '../support/faults.js';
import { signingKey } from '../support/keys.js';
import { startProvider, users, type TestProvider } from '../support/provider.js';
import { rawRequest } from '../support/raw-http.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import type { WireAnswer } from '../support/wire-client.js';

interface Who {
  sub: string | null;
}

const who = (token: IDToken | undefined): Who => ({ sub: token?.sub ?? null });

@Controller()
class RoutesController {
  @Get('required')
  required(@Required() token: IDToken): Who {
    return who(token);
  }

  @Get('optional')
  optional(@Optional() token?: IDToken): Who {
    return who(token);
  }

  @Get('lenient')
  lenient(@Optional({ onInvalid: 'anonymous' }) token?: IDToken): Who {
    return who(token);
  }

  @Get('scoped')
  scoped(@Required({ scopes: 'read write' }) token: IDToken): Who {
    return who(token);
  }

  @Get('admins')
  admins(@Required({ claims: { groups: ['admins'] } }) token: IDToken): Who {
    return who(token);
  }

  @Get('realm-admins')
  realmAdmins(@Required({ claims: { 'realm_access.roles': ['user', 'admin'] } }) token: IDToken): Who {
    return who(token);
  }

  @Get('either')
  either(@Required({ claims: { roles: { anyOf: ['writer', 'owner'] } } }) token: IDToken): Who {
    return who(token);
  }

  @Requires({ scopes: 'admin' })
  @Get('requires')
  requires(@CurrentToken() token: IDToken): Who {
    return who(token);
  }

  @Get('forgotten')
  forgotten(@CurrentToken() token: IDToken): Who {
    return who(token);
  }
}

@UseGuards(OidcGuard)
@Controller('guarded')
class GuardedController {
  @Get()
  list(@CurrentToken() token: IDToken): Who {
    return who(token);
  }

  @Public()
  @Get('public')
  open(): Who {
    return who(undefined);
  }

  @Public()
  @Get('strict')
  strict(@Required() token: IDToken): Who {
    return who(token);
  }

  @Get('relaxed')
  relaxed(@Optional() token?: IDToken): Who {
    return who(token);
  }
}

const controllers = [RoutesController, GuardedController];

function expectRefusal(answer: WireAnswer, code: number, error: string, challenge?: RegExp): void {
  expect({ status: answer.status, ...answer.json }).toEqual({
    status: code,
    error,
    error_description: expect.any(String),
    detail: answer.json.error_description,
  });
  if (challenge) expect(answer.headers.get('www-authenticate')).toMatch(challenge);
  else expect(answer.headers.get('www-authenticate')).toBeNull();
}

describe.each(adapters)('protected routes on %s', (adapter) => {
  let provider: TestProvider;
  let app: AuthApp;
  beforeAll(async () => {
    provider = await startProvider();
    app = await bootAuthApp(adapter, provider, { controllers });
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  const get = (path: string, bearer?: string) => app.client.get(path, {}, bearer === undefined ? {} : { bearer });
  const tokenOf = (user: string, scope = 'openid read') => app.client.accessToken(user, { scope });

  it.each(['/required', '/guarded', '/guarded/strict'])('%s lets genuine tokens in and nobody else', async (path) => {
    expectRefusal(await get(path), 401, 'invalid_token', /^Bearer(?!.*error=)/);
    expectRefusal(await get(path, 'not.a.token'), 401, 'invalid_token', /^Bearer .*error="invalid_token"/);
    expect((await get(path, await tokenOf('bob'))).json).toEqual({ sub: users.bob.sub });
  });

  it.each(['/optional', '/guarded/relaxed'])(
    '%s lets requests without token in, not those with a bad one',
    async (path) => {
      expect((await get(path)).json).toEqual({ sub: null });
      expectRefusal(await get(path, 'not.a.token'), 401, 'invalid_token', /error="invalid_token"/);
      expect((await get(path, await tokenOf('bob'))).json).toEqual({ sub: users.bob.sub });
    },
  );

  it('/lenient takes a bad token for none', async () => {
    expect((await get('/lenient', 'not.a.token')).json).toEqual({ sub: null });
    expect((await get('/lenient', await tokenOf('bob'))).json).toEqual({ sub: users.bob.sub });
  });

  it('/guarded/public lets everybody in', async () => {
    expect((await get('/guarded/public')).status).toBe(200);
    expect((await get('/guarded/public', 'not.a.token')).status).toBe(200);
  });

  it('answer 403 with the scopes that are wanted', async () => {
    const answer = await get('/scoped', await tokenOf('alice', 'openid read'));
    expectRefusal(answer, 403, 'insufficient_scope', /^Bearer .*error="insufficient_scope".*scope="read write"/);
    expect((await get('/scoped', await tokenOf('alice', 'openid read write'))).status).toBe(200);
  });

  it.each(['/admins', '/realm-admins', '/either'])('%s wants claims', async (path) => {
    expectRefusal(await get(path, await tokenOf('alice')), 403, 'insufficient_scope', /error="insufficient_scope"/);
    expect((await get(path, await tokenOf('bob'))).json).toEqual({ sub: users.bob.sub });
  });

  it('take requirements from @Requires, too', async () => {
    expectRefusal(await get('/requires'), 401, 'invalid_token', /^Bearer/);
    expectRefusal(await get('/requires', await tokenOf('bob')), 403, 'insufficient_scope', /scope="admin"/);
    expect((await get('/requires', await tokenOf('bob', 'openid admin'))).json).toEqual({ sub: users.bob.sub });
  });

  it('fail loudly where @CurrentToken stands without a guard', async () => {
    const answer = await get('/forgotten', await tokenOf('bob'));
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('OidcGuard');
    expect(app.logs.text('error')).toContain('add @UseGuards(OidcGuard)');
  });

  it('answer two Authorization headers with 400', async () => {
    const bearer = await tokenOf('bob');
    const headers = [['Authorization', `Bearer ${bearer}`] as const, ['authorization', `Bearer ${bearer}`] as const];
    const answer = await rawRequest(app.url, { path: '/required', headers });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' });
  });

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer  two.spaces.here',
    'Bearer a b',
    'Bearer "quoted"',
    'Bearer caf\xe9',
    'bearer\tx',
  ])('answer 401 to the header %j', async (authorization) => {
    const answer = await rawRequest(app.url, { path: '/required', headers: [['Authorization', authorization]] });
    expect(answer.status).toBe(401);
    expect(answer.all('www-authenticate')[0]).toMatch(/^Bearer/);
  });

  it('follow the provider to its next key', async () => {
    const before = await tokenOf('alice');
    await provider.rotateKeys();
    let now = Date.now();
    const other = await bootAuthApp(adapter, provider, { controllers, auth: { now: () => now } });
    expect((await other.client.get('/required', {}, { bearer: before })).status).toBe(200);
    await provider.rotateKeys();
    now += 31_000;
    const after = await other.client.accessToken('bob');
    expect((await other.client.get('/required', {}, { bearer: after })).json).toEqual({ sub: users.bob.sub });
    await other.close();
  });
});

describe.each(adapters)('protected routes on %s, while the provider fails', (adapter) => {
  let stub: StubProvider;
  let token: string;
  let app: AuthApp;
  beforeEach(async () => {
    stub = await startStubProvider();
    token = await stub.accessToken();
  });

  const finish = async () => {
    await app.close();
    await stub.close();
  };

  it('answer 503 with Retry-After, never 401, until the keys are there', async () => {
    await stub.down();
    let now = Date.now();
    app = await bootAuthApp(adapter, stub, { controllers, auth: { now: () => now } });
    for (const path of ['/required', '/optional', '/lenient']) {
      const answer = await app.client.get(path, {}, { bearer: token });
      expectRefusal(answer, 503, 'temporarily_unavailable');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await app.client.get('/optional')).status).toBe(200);
    expect((await app.client.get('/required')).status).toBe(401);

    await stub.up();
    now += 31_000;
    expect((await app.client.get('/required', {}, { bearer: token })).json).toEqual({ sub: 'stub-user' });
    await finish();
  });

  it('go on with the keys that they have', async () => {
    app = await bootAuthApp(adapter, stub, { controllers });
    expect((await app.client.get('/required', {}, { bearer: token })).status).toBe(200);
    await stub.down();
    const another = await stub.accessToken({ sub: 'another' });
    expect((await app.client.get('/required', {}, { bearer: another })).json).toEqual({ sub: 'another' });
    await finish();
  });

  it('ask it once for keys, however many requests come at once', async () => {
    app = await bootAuthApp(adapter, stub, { controllers });
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => stub.accessToken({ sub: `s${index}` })));
    const answers = await Promise.all(tokens.map((bearer) => app.client.get('/required', {}, { bearer })));
    expect(answers.map(({ status: code }) => code)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(stub.calls('jwks')).toBe(1);
    await finish();
  });

  it('refuse a key that it does not publish, at one fetch per cooldown', async () => {
    app = await bootAuthApp(adapter, stub, { controllers });
    expect((await app.client.get('/required', {}, { bearer: token })).status).toBe(200);
    const before = stub.calls('jwks');
    for (let attempt = 0; attempt < 3; attempt++) {
      const foreign = await stub.accessToken({}, {}, await signingKey('RS256'));
      expectRefusal(await app.client.get('/required', {}, { bearer: foreign }), 401, 'invalid_token', /invalid_token/);
    }
    expect(stub.calls('jwks') - before).toBeLessThanOrEqual(1);
    await finish();
  });

  it('tell what is wrong with its metadata in the log, and how to mend it', async () => {
    stub.metadata.issuer = 'https://idp.example.org/realms/other';
    app = await bootAuthApp(adapter, stub, { controllers });
    expectRefusal(await app.client.get('/required', {}, { bearer: token }), 503, 'temporarily_unavailable');
    expect(app.logs.text('warn')).toContain('https://idp.example.org/realms/other');
    expect(app.logs.text('warn')).toMatch(/discoveryUrl|issuer:/);
    await finish();
  });

  it('answer 503 while its key set is no key set', async () => {
    stub.on('jwks', status(404));
    app = await bootAuthApp(adapter, stub, { controllers });
    expectRefusal(await app.client.get('/required', {}, { bearer: token }), 503, 'temporarily_unavailable');
    await finish();
  });
});
