import { Controller, Get, HttpCode, Post, Req, Res, Version, VersioningType } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthController, OidcAuthModule, Required, type IDToken } from 'nestjs-oidc-auth';
import { adapters, bootApp } from '../support/apps.js';
import { bootAuthApp, usualOptions, type AuthApp, type AuthAppOptions } from '../support/auth-app.js';
import { expectTokens, expectWireError } from '../support/expect-wire.js';
import { Browser } from '../support/browser.js';
import { clients, startProvider, users, type TestProvider } from '../support/provider.js';
import { signIn } from '../support/sign-in.js';
import { loopbackTarget } from '../support/wire-client.js';

class PortsController extends AuthController {
  @Get('auth/v2/auth-ports')
  ports(): { valid_ports: number[] } {
    return { valid_ports: [53100, 53101] };
  }

  @Get('auth/v2/who')
  who(@Required() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

class ShoutingController extends AuthController {
  override async callback(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const { token_type } = await this.completeLogin(exchange);
    exchange.json({ shouted: token_type.toUpperCase() });
  }
}

@Controller('auth/v2')
class NeighbourController {
  @Get('auth-ports')
  ports(): { valid_ports: number[] } {
    return { valid_ports: [53102] };
  }
}

@Controller('elsewhere')
class ElsewhereController extends AuthController {}

@Controller({ version: '3' })
class VersionedController extends AuthController {}

class PartlyVersionedController extends AuthController {
  @Version('3')
  @Post('auth/v2/extra')
  @HttpCode(200)
  extra(): { extra: boolean } {
    return { extra: true };
  }
}

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

describe.each(adapters)('the endpoints on %s', (adapter) => {
  let app: AuthApp | undefined;
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  const boot = async (options: AuthAppOptions) => (app = await bootAuthApp(adapter, provider, options));
  const statusOf = async (path: string, method = 'GET') => {
    const response = await fetch(`${app?.url}${path}`, { method, redirect: 'manual' });
    await response.body?.cancel();
    return response.status;
  };

  it('live under the prefix, and nowhere else', async () => {
    const { client, url } = await boot({ auth: { prefix: '/api/deep' } });
    const target = client.url('/auth/v2/callback');
    expect(target).toBe(`${url}/api/deep/auth/v2/callback`);
    const request = await client.authorizationRequest({ redirect_uri: target });
    expect(request.searchParams.get('redirect_uri')).toBe(target);
    expectTokens(await client.logIn(), false);
    expect(await statusOf('/auth/v2/login')).toBe(404);
  });

  it('each move to a path of their own below the prefix', async () => {
    const endpoints = { login: 'sign-in', callback: '/signed/in', logout: 'sign-out' };
    const { client, url } = await boot({ auth: { prefix: '/api', endpoints } });
    const target = client.url('/signed/in');
    const { status, headers } = await client.get('/sign-in', { redirect_uri: target });
    expect({ status, target }).toEqual({ status: 302, target: `${url}/api/signed/in` });
    expect(new URL(headers.get('location') ?? '').searchParams.get('redirect_uri')).toBe(target);
    expectWireError(await client.get('/signed/in'), 400, 'invalid_request');
    expect((await client.get('/sign-out')).status).toBe(302);
    expectWireError(await client.post('/sign-out'), 401, 'invalid_token');
    for (const moved of ['login', 'callback', 'logout']) expect(await statusOf(`/api/auth/v2/${moved}`)).toBe(404);
    expectWireError(await client.post('/auth/v2/token'), 400, 'invalid_request');
  });

  it('refuse the standard callback as target once the callback has moved', async () => {
    const { client } = await boot({
      auth: { loopback: false, endpoints: { callback: 'in' }, baseUrl: 'https://app.example.org' },
    });
    const query = { redirect_uri: 'https://app.example.org/auth/v2/callback' };
    expectWireError(await client.get('/auth/v2/login', query), 400, 'invalid_request');
    await client.authorizationRequest({ redirect_uri: 'https://app.example.org/in' });
  });

  it('give a logout_url at the place where logout has moved', async () => {
    const { client, url } = await boot({ auth: { prefix: '/api', endpoints: { logout: 'bye' } } });
    const bearer = await client.accessToken();
    const { json } = await client.post('/bye', {}, { bearer });
    expect(json.logout_url).toMatch(new RegExp(`^${url}/api/bye\\?`));
  });

  it.each(['login', 'callback', 'userinfo', 'logout'])('without %s leave it to the framework', async (name) => {
    await boot({ auth: { endpoints: { [name]: false } } });
    expect(await statusOf(`/auth/v2/${name}`)).toBe(404);
    expect(await statusOf(`/auth/v2/token`, 'POST')).toBe(400);
  });

  it.each(['token', 'device', 'logout'])('without %s leave its POST to the framework', async (name) => {
    await boot({ auth: { endpoints: { [name]: false } } });
    expect(await statusOf(`/auth/v2/${name}`, 'POST')).toBe(404);
    expect(await statusOf(`/auth/v2/userinfo`)).toBe(401);
  });

  it('are not those of the broker', async () => {
    await boot({});
    expect(await statusOf('/auth/v2/revoke', 'POST')).toBe(404);
    expect(await statusOf('/auth/v2/backchannel-logout', 'POST')).toBe(404);
    expect(await statusOf('/auth/v2/.well-known/jwks.json')).toBe(404);
    expect(await statusOf('/.well-known/oauth-authorization-server')).toBe(404);
  });

  it('keep the shape of the framework for unknown paths and wrong methods', async () => {
    const { client } = await boot({});
    for (const answer of [await client.get('/auth/v2/unknown'), await client.get('/auth/v2/token')]) {
      expect(answer.json).toMatchObject({ statusCode: 404, error: 'Not Found' });
    }
  });

  it('take own ones of a subclass beside them, under the same prefix', async () => {
    const { client } = await boot({ auth: { prefix: '/api', controller: PortsController } });
    expect((await client.get('/auth/v2/auth-ports')).json).toEqual({ valid_ports: [53100, 53101] });
    expect((await client.get('/auth/v2/who')).status).toBe(401);
    const bearer = await client.accessToken('bob');
    expect((await client.get('/auth/v2/who', {}, { bearer })).json).toEqual({ sub: users.bob.sub });
    expectWireError(await client.post('/auth/v2/token'), 400, 'invalid_request');
  });

  it('keep their place when a subclass overrides their method', async () => {
    const { client } = await boot({ auth: { controller: ShoutingController } });
    const login = client.url('/auth/v2/login', { redirect_uri: client.url('/auth/v2/callback') });
    expect(JSON.parse((await signIn(new Browser(), login)).body)).toEqual({ shouted: 'BEARER' });
    expectWireError(await client.get('/auth/v2/callback'), 400, 'invalid_request');
    expect((await client.head('/auth/v2/callback')).status).toBe(405);
  });

  it("live with a plain controller of the application's own beside them", async () => {
    const { client } = await boot({ controllers: [NeighbourController] });
    expect((await client.get('/auth/v2/auth-ports')).json).toEqual({ valid_ports: [53102] });
    await client.authorizationRequest({ redirect_uri: loopbackTarget });
  });

  it('stop the boot if the subclass has a path of its own', async () => {
    await expect(boot({ auth: { controller: ElsewhereController } })).rejects.toThrow(/ElsewhereController.*prefix/s);
  });

  it('have the version of the subclass, if that says one', async () => {
    const configure: AuthAppOptions['configure'] = (nest) => void nest.enableVersioning({ type: VersioningType.URI });
    const { client } = await boot({ configure, path: '/v3', auth: { controller: VersionedController } });
    await client.authorizationRequest({ redirect_uri: loopbackTarget });
    expect(await statusOf('/auth/v2/login')).toBe(404);
  });

  it('have no version beside an own endpoint that has one', async () => {
    const configure: AuthAppOptions['configure'] = (nest) => void nest.enableVersioning({ type: VersioningType.URI });
    const { client } = await boot({ configure, auth: { controller: PartlyVersionedController } });
    await client.authorizationRequest({ redirect_uri: loopbackTarget });
    expect(await statusOf('/v3/auth/v2/extra', 'POST')).toBe(200);
  });

  it.each<[string, AuthAppOptions['auth']]>([
    ['an unknown endpoint', { endpoints: { lodgin: 'x' } as never }],
    ['two endpoints at one path', { endpoints: { login: 'same', logout: 'same' } }],
    ['a prefix with a slash at its end', { prefix: '/api/' }],
    ['a controller that is not an AuthController', { controller: NeighbourController as never }],
  ])('stop the boot for %s', async (_, auth) => {
    await expect(boot({ auth, path: '' })).rejects.toThrow(/nestjs-oidc-auth cannot start/);
  });
});

describe.each(adapters)('baseUrl on %s', (adapter) => {
  it('is what redirect targets and logout_url are made of, whatever Host and X-Forwarded-* say', async () => {
    const app = await bootApp(adapter, {
      imports: [
        OidcAuthModule.forRoot({ ...usualOptions(provider, 'https://app.example.org/proxied'), ...clients.basic }),
      ],
    });
    const spoofed = {
      'x-forwarded-host': 'evil.example.org',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example.org',
    };
    const login = (target: string) =>
      fetch(`${app.url}/auth/v2/login?redirect_uri=${encodeURIComponent(target)}`, {
        redirect: 'manual',
        headers: spoofed,
      });
    expect((await login('https://app.example.org/proxied/auth/v2/callback')).status).toBe(302);
    expect((await login('https://evil.example.org/auth/v2/callback')).status).toBe(400);
    await app.close();
  });
});
