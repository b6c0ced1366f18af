import { Controller, Get, Inject, Injectable, Module } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AuthController,
  OidcAuthModule,
  Required,
  type IDToken,
  type OidcAuthOptions,
  type OidcAuthOptionsFactory,
} from 'nestjs-oidc-auth';
import { adapters, bootApp, type App } from '../support/apps.js';
import { usualOptions } from '../support/auth-app.js';
import { expectTokens } from '../support/expect-wire.js';
import { startProvider, users, type TestProvider } from '../support/provider.js';
import { loopbackTarget, WireClient } from '../support/wire-client.js';

const OPTIONS = 'options of the application';

@Controller()
class MeController {
  @Get('me')
  me(@Required() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

class PortsController extends AuthController {
  @Get('auth/v2/auth-ports')
  ports(): { valid_ports: number[] } {
    return { valid_ports: [1] };
  }
}

@Injectable()
class Settings implements OidcAuthOptionsFactory {
  constructor(@Inject(OPTIONS) private readonly options: OidcAuthOptions) {}

  createOidcAuthOptions(): Promise<OidcAuthOptions> {
    return Promise.resolve(this.options);
  }
}

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

/** A module of the application that knows the options once it is there. */
function settingsModule(options: OidcAuthOptions) {
  @Module({
    providers: [{ provide: OPTIONS, useFactory: () => Promise.resolve(options) }, Settings],
    exports: [OPTIONS, Settings],
  })
  class SettingsModule {}
  return SettingsModule;
}

describe.each(adapters)('forRootAsync on %s', (adapter) => {
  let app: App | undefined;
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  type Definition = (options: OidcAuthOptions) => Parameters<typeof OidcAuthModule.forRootAsync>[0];

  const definitions: [string, Definition][] = [
    [
      'useFactory with what it injects',
      (options) => ({
        imports: [settingsModule(options)],
        inject: [OPTIONS],
        useFactory: (injected: OidcAuthOptions) => injected,
      }),
    ],
    ['an asynchronous useFactory', (options) => ({ useFactory: () => Promise.resolve(options) })],
    ['useClass', (options) => ({ imports: [settingsModule(options)], useClass: Settings })],
    ['useExisting', (options) => ({ imports: [settingsModule(options)], useExisting: Settings })],
  ];

  it.each(definitions)('gives everything that forRoot gives, with %s', async (_, define) => {
    app = await bootApp(adapter, (url) => ({
      imports: [OidcAuthModule.forRootAsync(define(usualOptions(provider, url)))],
      controllers: [MeController],
    }));
    const client = new WireClient(app.url);
    expectTokens(await client.logIn(), false);
    expect((await client.get('/me')).status).toBe(401);
    const bearer = await client.accessToken('bob');
    expect((await client.get('/me', {}, { bearer })).json).toEqual({ sub: users.bob.sub });
  });

  it('takes what shapes the module beside the factory', async () => {
    app = await bootApp(adapter, (url) => ({
      imports: [
        OidcAuthModule.forRootAsync({
          prefix: '/api',
          endpoints: { login: 'sign-in', logout: false },
          controller: PortsController,
          name: 'shaped',
          useFactory: () => usualOptions(provider, `${url}/api`),
        }),
      ],
    }));
    const client = new WireClient(`${app.url}/api`);
    expect((await client.get('/sign-in', { redirect_uri: loopbackTarget })).status).toBe(302);
    expect((await client.get('/auth/v2/logout')).status).toBe(404);
    expect((await client.get('/auth/v2/auth-ports')).json).toEqual({ valid_ports: [1] });
  });

  it('refuses shape that the factory returns, and says where it belongs', async () => {
    const useFactory = () => ({ ...usualOptions(provider, 'https://app.example.org'), prefix: '/api' });
    await expect(bootApp(adapter, { imports: [OidcAuthModule.forRootAsync({ useFactory })] })).rejects.toThrow(
      /prefix.*beside useFactory/,
    );
  });

  it('tells all that is wrong at once, each with its remedy', async () => {
    const useFactory = () => ({ discoveryUrl: 'not a url', scopes: 7 }) as never;
    const boot = bootApp(adapter, { imports: [OidcAuthModule.forRootAsync({ useFactory })] });
    await expect(boot).rejects.toThrow(/clientId[\s\S]*discoveryUrl|discoveryUrl[\s\S]*clientId/);
    await expect(boot).rejects.toThrow(/audience/);
    await expect(boot).rejects.toThrow(/scopes/);
  });

  it('stops the boot with what the factory throws', async () => {
    const useFactory = () => Promise.reject(new Error('no vault today'));
    await expect(bootApp(adapter, { imports: [OidcAuthModule.forRootAsync({ useFactory })] })).rejects.toThrow(
      'no vault today',
    );
  });
});
