import { Controller, Get, Inject } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  OidcAuth,
  OidcAuthModule,
  oidcAuthToken,
  Required,
  Requires,
  CurrentToken,
  type IDToken,
} from 'nestjs-oidc-auth';
import { adapters, bootApp, type App } from '../support/apps.js';
import { usualOptions } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { expectTokens, expectWireError } from '../support/expect-wire.js';
import { clients, startProvider, users, type TestProvider } from '../support/provider.js';
import { signIn } from '../support/sign-in.js';
import { loopbackTarget, offline, WireClient } from '../support/wire-client.js';

@Controller()
class TwoDoorsController {
  constructor(
    @Inject(OidcAuth) private readonly own: OidcAuth,
    @Inject(oidcAuthToken('partner')) private readonly partner: OidcAuth,
  ) {}

  @Get('own')
  ownDoor(@Required() token: IDToken): { iss: string } {
    return { iss: token.iss };
  }

  @Get('partner')
  partnerDoor(@Required({ instance: 'partner' }) token: IDToken): { iss: string } {
    return { iss: token.iss };
  }

  @Requires({ instance: 'partner', scopes: 'read' })
  @Get('partner-by-class')
  partnerByGuard(@CurrentToken() token: IDToken): { iss: string } {
    return { iss: token.iss };
  }

  @Get('names')
  names(): string[] {
    return [this.own.name, this.partner.name];
  }
}

@Controller()
class LostController {
  @Get('lost')
  lost(@Required({ instance: 'nobody' }) token: IDToken): { iss: string } {
    return { iss: token.iss };
  }
}

let first: TestProvider;
let second: TestProvider;
beforeAll(async () => {
  first = await startProvider();
  second = await startProvider({ audience: 'partner-api' });
});
afterAll(async () => {
  await first.close();
  await second.close();
});

describe.each(adapters)('two registrations on %s', (adapter) => {
  let app: App;
  let own: WireClient;
  let partner: WireClient;
  beforeAll(async () => {
    app = await bootApp(adapter, (url) => ({
      controllers: [TwoDoorsController],
      imports: [
        OidcAuthModule.forRoot(usualOptions(first, url)),
        OidcAuthModule.forRoot({
          ...usualOptions(second, `${url}/partner`),
          ...clients.post,
          clientAuthentication: 'client_secret_post',
          audience: 'partner-api',
          name: 'partner',
          prefix: '/partner',
        }),
      ],
    }));
    own = new WireClient(app.url);
    partner = new WireClient(`${app.url}/partner`);
  });
  afterAll(() => app.close());

  it('each log in at their own provider, under their own prefix', async () => {
    expect((await own.authorizationRequest({ redirect_uri: loopbackTarget })).origin).toBe(first.issuer);
    expect((await partner.authorizationRequest({ redirect_uri: loopbackTarget })).origin).toBe(second.issuer);
    expectTokens(await own.logIn({ parameters: offline }), true);
    expectTokens(await partner.logIn({ parameters: offline }), true);
  });

  it('each end their log-ins at their own callback', async () => {
    for (const client of [own, partner]) {
      const login = client.url('/auth/v2/login', { redirect_uri: client.url('/auth/v2/callback') });
      expect(await signIn(new Browser(), login)).toMatchObject({ status: 200 });
    }
  });

  it('each let in their own tokens only', async () => {
    const tokens = { own: await own.accessToken(), partner: await partner.accessToken() };
    const status = async (path: string, bearer: string) => (await own.get(path, {}, { bearer })).status;
    expect(await status('/own', tokens.own)).toBe(200);
    expect(await status('/own', tokens.partner)).toBe(401);
    expect(await status('/partner', tokens.partner)).toBe(200);
    expect(await status('/partner', tokens.own)).toBe(401);
    expect(await status('/auth/v2/userinfo', tokens.partner)).toBe(401);
    expect(await status('/partner/auth/v2/userinfo', tokens.partner)).toBe(200);
    expect(await status('/partner/auth/v2/userinfo', tokens.own)).toBe(401);
  });

  it('each give handlers their own token', async () => {
    const bearer = await partner.accessToken('bob');
    expect((await own.get('/partner', {}, { bearer })).json).toEqual({ iss: second.issuer });
    const scoped = await partner.accessToken('bob', { scope: 'openid read' });
    expect((await own.get('/partner-by-class', {}, { bearer: scoped })).json).toEqual({ iss: second.issuer });
    const { json } = await partner.get('/auth/v2/userinfo', {}, { bearer });
    expect(json).toMatchObject({ username: users.bob.preferred_username });
  });

  it('do not take the state of each other', async () => {
    const login = await partner.codeFor(loopbackTarget);
    expectWireError(await own.redeem(login), 400, 'invalid_grant');
    expectTokens(await partner.redeem(login), false);
  });

  it('do not take the device code of each other', async () => {
    const { json } = await partner.post('/auth/v2/device');
    expectWireError(await own.post('/auth/v2/token', { device_code: String(json.device_code) }), 400, 'invalid_grant');
    const pending = await partner.post('/auth/v2/token', { device_code: String(json.device_code) });
    expectWireError(pending, 400, 'authorization_pending');
  });

  it('do not take the log-out ticket of each other', async () => {
    const { json } = await partner.post('/auth/v2/logout', {}, { bearer: await partner.accessToken() });
    const ticket = new URL(String(json.logout_url)).searchParams.get('ticket') ?? '';
    expect((await partner.get('/auth/v2/logout', { ticket })).status).toBe(302);
    expectWireError(await own.get('/auth/v2/logout', { ticket }), 400, 'invalid_request');
  });

  it('are both injected', async () => {
    expect(JSON.parse((await own.get('/names')).text)).toEqual(['default', 'partner']);
  });
});

describe.each(adapters)('several registrations on %s stop the boot', (adapter) => {
  const options = () => usualOptions(first, 'https://app.example.org');

  it('if they have the same name', async () => {
    const imports = [
      OidcAuthModule.forRoot(options()),
      OidcAuthModule.forRoot({ ...options(), prefix: '/other', baseUrl: 'https://app.example.org/other' }),
    ];
    await expect(bootApp(adapter, { imports })).rejects.toThrow(/nestjs-oidc-auth cannot start[\s\S]*name/);
  });

  it('if they have the same prefix', async () => {
    const imports = [OidcAuthModule.forRoot(options()), OidcAuthModule.forRoot({ ...options(), name: 'other' })];
    await expect(bootApp(adapter, { imports })).rejects.toThrow(/nestjs-oidc-auth cannot start[\s\S]*prefix/);
  });

  it('if a route wants one that there is not', async () => {
    const imports = [OidcAuthModule.forRoot(options())];
    await expect(bootApp(adapter, { imports, controllers: [LostController] })).rejects.toThrow(
      /LostController.*nobody/,
    );
  });
});
