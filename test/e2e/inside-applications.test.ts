import {
  BadRequestException,
  Catch,
  Controller,
  Get,
  Injectable,
  Module,
  Req,
  UseGuards,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type VersioningOptions,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CurrentToken, OidcGuard, Optional, Public, Required, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp, type AuthAppOptions } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { expectTokens, expectUncached, expectWireError } from '../support/expect-wire.js';
import { startProvider, users, type TestProvider } from '../support/provider.js';
import { signIn } from '../support/sign-in.js';
import { loopbackTarget, offline, type WireClient } from '../support/wire-client.js';

@Controller()
class MeController {
  @Get('me')
  me(@Required() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('maybe-me')
  maybe(@Optional() token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }

  @Get('plain')
  plain(): { plain: boolean } {
    return { plain: true };
  }

  @Public()
  @Get('open')
  open(): { open: boolean } {
    return { open: true };
  }
}

/** Refuses every value that it sees. */
@Injectable()
class RefusingPipe implements PipeTransform {
  transform(): never {
    throw new BadRequestException('refused by the pipe of the application');
  }
}

@Injectable()
class WrappingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ wrapped: data })));
  }
}

interface AnyResponse {
  status(code: number): { send(body: object): void };
}

@Catch()
class TeapotFilter implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<AnyResponse>().status(418).send({ teapot: true });
  }
}

@Injectable()
class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

/** A log-in in the browser, one in a native client, a refresh, userinfo, a log-out, and errors of each kind. */
async function expectAllToWork(client: WireClient): Promise<void> {
  const page = await signIn(
    new Browser(),
    client.url('/auth/v2/login', { redirect_uri: client.url('/auth/v2/callback') }),
  );
  expect({ status: page.status, body: JSON.parse(page.body) as unknown }).toMatchObject({
    status: 200,
    body: { token_type: 'Bearer' },
  });
  const tokens = await client.logIn({ parameters: offline });
  expectTokens(tokens, true);
  expectTokens(await client.post('/auth/v2/token', { refresh_token: String(tokens.json.refresh_token) }), true);
  const bearer = String(tokens.json.access_token);
  const profile = await client.get('/auth/v2/userinfo', {}, { bearer });
  expect({ status: profile.status, ...profile.json }).toMatchObject({ status: 200, username: 'alice.adams' });
  expectUncached(profile);
  const device = await client.post('/auth/v2/device');
  expect({ status: device.status, ...device.json }).toMatchObject({ status: 200, user_code: expect.any(String) });
  const logout = await client.post('/auth/v2/logout', {}, { bearer });
  expect({ status: logout.status, ...logout.json }).toMatchObject({ status: 200, logout_url: expect.any(String) });
  expect((await client.get('/auth/v2/logout')).status).toBe(302);

  expectWireError(await client.get('/auth/v2/login'), 400, 'invalid_request');
  expectWireError(await client.get('/auth/v2/callback'), 400, 'invalid_request');
  expectWireError(await client.post('/auth/v2/token'), 400, 'invalid_request');
  expectWireError(await client.get('/auth/v2/userinfo'), 401, 'invalid_token');
  expectWireError(await client.post('/auth/v2/logout'), 401, 'invalid_token');
}

describe.each(adapters)('inside an application on %s', (adapter) => {
  let app: AuthApp | undefined;
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  const boot = async (options: AuthAppOptions) =>
    (app = await bootAuthApp(adapter, provider, { controllers: [MeController], ...options }));

  it('with a global prefix', async () => {
    const { client } = await boot({ configure: (nest) => void nest.setGlobalPrefix('api'), path: '/api' });
    await expectAllToWork(client);
  });

  it('with a global prefix and a prefix of its own', async () => {
    const auth = { prefix: '/oidc' };
    const { client } = await boot({ configure: (nest) => void nest.setGlobalPrefix('api'), path: '/api/oidc', auth });
    await expectAllToWork(client);
  });

  const versionings: [string, VersioningOptions][] = [
    ['URI', { type: VersioningType.URI, defaultVersion: '1' }],
    ['header', { type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' }],
    ['media type', { type: VersioningType.MEDIA_TYPE, key: 'v=', defaultVersion: '1' }],
    ['custom', { type: VersioningType.CUSTOM, extractor: () => '1', defaultVersion: '1' }],
  ];

  it.each(versionings)('with %s versioning', async (_, versioning) => {
    const { client } = await boot({ configure: (nest) => void nest.enableVersioning(versioning) });
    await expectAllToWork(client);
  });

  it('with global prefix and URI versioning together', async () => {
    const { client } = await boot({
      path: '/api',
      configure: (nest) =>
        void nest.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    });
    await expectAllToWork(client);
  });

  it.each<[string, Pick<AuthAppOptions, 'configure' | 'providers'>]>([
    ['useGlobalPipes', { configure: (nest) => void nest.useGlobalPipes(new RefusingPipe()) }],
    ['APP_PIPE', { providers: [{ provide: APP_PIPE, useClass: RefusingPipe }] }],
  ])('with a global pipe that refuses everything (%s)', async (_, options) => {
    const { client } = await boot(options);
    await expectAllToWork(client);
  });

  it.each<[string, Pick<AuthAppOptions, 'configure' | 'providers'>]>([
    ['useGlobalInterceptors', { configure: (nest) => void nest.useGlobalInterceptors(new WrappingInterceptor()) }],
    ['APP_INTERCEPTOR', { providers: [{ provide: APP_INTERCEPTOR, useClass: WrappingInterceptor }] }],
  ])('with a global interceptor that wraps answers (%s)', async (_, options) => {
    const { client } = await boot(options);
    expect((await client.get('/plain')).json).toEqual({ wrapped: { plain: true } });
    await expectAllToWork(client);
  });

  it.each<[string, Pick<AuthAppOptions, 'configure' | 'providers'>]>([
    ['useGlobalFilters', { configure: (nest) => void nest.useGlobalFilters(new TeapotFilter()) }],
    ['APP_FILTER', { providers: [{ provide: APP_FILTER, useClass: TeapotFilter }] }],
  ])('with a global filter that turns every error into a teapot (%s)', async (_, options) => {
    const { client } = await boot(options);
    expect((await client.get('/me')).status).toBe(418);
    await expectAllToWork(client);
  });

  it('with OidcGuard as APP_GUARD', async () => {
    const { client } = await boot({ providers: [{ provide: APP_GUARD, useClass: OidcGuard }] });
    await expectAllToWork(client);
    expect((await client.get('/plain')).status).toBe(401);
    expect((await client.get('/open')).json).toEqual({ open: true });
    expect((await client.get('/maybe-me')).json).toEqual({ sub: null });
    const bearer = await client.accessToken();
    expect((await client.get('/plain', {}, { bearer })).json).toEqual({ plain: true });
    expect((await client.get('/maybe-me', {}, { bearer })).json).toEqual({ sub: users.alice.sub });
  });

  it("with a guard of the application's own that lets nobody in, says so in the wire's format", async () => {
    const { client } = await boot({ providers: [{ provide: APP_GUARD, useClass: NobodyGuard }] });
    const answer = await client.get('/auth/v2/login', { redirect_uri: loopbackTarget });
    expectWireError(answer, 403, String(answer.json.error));
  });

  it('with a middleware that sets a cookie, keeps that and its own', async () => {
    const theme = (_: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
      response.setHeader('Set-Cookie', 'theme=dark; Path=/');
      next();
    };
    const { client } = await boot({ configure: (nest) => void nest.use(theme) });
    const { headers } = await client.get('/auth/v2/login', { redirect_uri: client.url('/auth/v2/callback') });
    const cookies = headers.getSetCookie();
    expect(cookies).toHaveLength(2);
    expect(cookies).toContain('theme=dark; Path=/');
  });

  it('created by @nestjs/testing', async () => {
    const { client } = await boot({ testingModule: true });
    await expectAllToWork(client);
  });

  it('whose feature modules use OidcGuard without importing anything', async () => {
    @UseGuards(OidcGuard)
    @Controller('reports')
    class ReportsController {
      @Get()
      list(@CurrentToken() token: IDToken): { sub: string } {
        return { sub: token.sub };
      }
    }

    @Module({ controllers: [ReportsController] })
    class ReportsModule {}

    const { client } = await boot({ imports: [ReportsModule] });
    expect((await client.get('/reports')).status).toBe(401);
    const bearer = await client.accessToken('bob');
    expect((await client.get('/reports', {}, { bearer })).json).toEqual({ sub: users.bob.sub });
  });

  it('whose handlers still get their request from Nest', async () => {
    @Controller('both')
    class BothController {
      @Get()
      both(@Req() request: { url: string }, @Required() token: IDToken): { url: string; sub: string } {
        return { url: request.url, sub: token.sub };
      }
    }
    const { client } = await boot({ controllers: [BothController] });
    const bearer = await client.accessToken();
    expect((await client.get('/both', { a: 'b' }, { bearer })).json).toEqual({
      url: '/both?a=b',
      sub: users.alice.sub,
    });
  });
});
