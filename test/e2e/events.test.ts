import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OidcAuthEvents, OidcAuthModule, Required, type IDToken, type RefusedEvent } from 'nestjs-oidc-auth';
import { adapters, bootApp, type App } from '../support/apps.js';
import { usualOptions } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { users, clients, startProvider, type TestProvider } from '../support/provider.js';
import { rawRequest } from '../support/raw-http.js';
import { answerDevice } from '../support/sign-in.js';
import { loopbackTarget, offline, WireClient, type WireAnswer } from '../support/wire-client.js';

@Controller()
class DoorController {
  @Get('door')
  door(@Required({ scopes: 'admin' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('partner-door')
  partnerDoor(@Required({ instance: 'partner' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

describe.each(adapters)('what is told on %s', (adapter) => {
  let app: App;
  let client: WireClient;
  let told: RefusedEvent[];
  beforeAll(async () => {
    app = await bootApp(adapter, (url) => ({
      controllers: [DoorController],
      imports: [
        OidcAuthModule.forRoot(usualOptions(provider, url)),
        OidcAuthModule.forRoot({ ...usualOptions(provider, `${url}/partner`), name: 'partner', prefix: '/partner' }),
      ],
    }));
    client = new WireClient(app.url);
    app.app.get(OidcAuthEvents, { strict: false }).on('refused', (event) => void told.push(event));
  });
  beforeEach(() => {
    told = [];
  });
  afterAll(() => app.close());

  const lastTold = () => told.at(-1);

  it('of a refusal on a route: reason, status, error, instance and handler', async () => {
    await client.get('/door');
    expect(told).toEqual([
      {
        reason: 'token_missing',
        status: 401,
        error: 'invalid_token',
        instance: 'default',
        handler: 'DoorController.door',
      },
    ]);
  });

  it.each<[string, () => Promise<WireAnswer>, Partial<RefusedEvent>]>([
    ['garbage', () => client.get('/door', {}, { bearer: 'x.y.z' }), { reason: 'token_malformed', status: 401 }],
    [
      'a scope too few',
      async () => client.get('/door', {}, { bearer: await client.accessToken() }),
      { reason: 'scope_missing', status: 403, error: 'insufficient_scope' },
    ],
    ['another instance', () => client.get('/partner-door'), { reason: 'token_missing', instance: 'partner' }],
  ])('of a refusal on a route: %s', async (_, request, expected) => {
    await request();
    expect(told).toHaveLength(1);
    expect(lastTold()).toMatchObject(expected);
  });

  it.each<[string, () => Promise<unknown>, Partial<RefusedEvent>]>([
    [
      'a target that is not allowed',
      () => client.get('/auth/v2/login', { redirect_uri: 'https://evil.example.org/' }),
      { reason: 'redirect_uri_not_allowed', status: 400, error: 'invalid_request', instance: 'default' },
    ],
    [
      'a state that is not ours',
      () => client.get('/auth/v2/callback', { state: 'x', code: 'y', iss: provider.issuer }),
      { reason: 'state_invalid', status: 400, instance: 'default' },
    ],
    [
      'a grant that the provider refuses, at a named registration',
      () => new WireClient(`${app.url}/partner`).post('/auth/v2/token', { refresh_token: 'x' }),
      { reason: 'grant_refused', status: 400, error: 'invalid_grant', instance: 'partner' },
    ],
    [
      'a body that cannot be parsed',
      () =>
        rawRequest(app.url, {
          method: 'POST',
          path: '/auth/v2/token',
          headers: [['content-type', 'application/json']],
          body: '{',
        }),
      { status: 400, error: 'invalid_request', instance: 'default' },
    ],
  ])('of a refusal on an endpoint: %s', async (_, request, expected) => {
    await request();
    expect(told).toHaveLength(1);
    expect(lastTold()).toMatchObject(expected);
  });

  it('never holds what was sent, and a listener that throws changes no answer', async () => {
    const events = app.app.get(OidcAuthEvents, { strict: false });
    const throwing = () => {
      throw new Error('listener');
    };
    events.on('refused', throwing);
    const answer = await client.get('/door', {}, { bearer: 'eyJ.secret.token' });
    events.off('refused', throwing);
    expect(answer.status).toBe(401);
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('in the most verbose log holds no token, code, verifier, secret or cookie of any flow', async () => {
    const browser = new Browser();
    const secrets: string[] = [clients.basic.clientSecret];
    const keep = ({ json }: WireAnswer) => {
      for (const name of ['access_token', 'refresh_token', 'device_code', 'logout_url']) {
        if (typeof json[name] === 'string') secrets.push(json[name]);
      }
    };

    const login = await client.codeFor(loopbackTarget, { parameters: offline });
    secrets.push(login.code, login.state);
    const tokens = await client.redeem(login);
    keep(tokens);
    keep(await client.redeem(login));
    const own = await client.codeFor(client.url('/auth/v2/callback'), { browser });
    secrets.push(own.code, own.state, ...browser.cookies.list(new URL(app.url)).map(({ value }) => value));
    const cookie = browser.cookies.header(new URL(app.url)) ?? '';
    const { code, state, iss } = own;
    keep(await client.get('/auth/v2/callback', { code: `${code}x`, state, iss }, { headers: { cookie } }));
    keep(await client.post('/auth/v2/token', { refresh_token: String(tokens.json.refresh_token) }));
    keep(await client.post('/auth/v2/token', { refresh_token: String(tokens.json.refresh_token) }));
    const device = await client.post('/auth/v2/device');
    keep(device);
    await answerDevice(new Browser(), String(device.json.verification_uri_complete));
    keep(await client.post('/auth/v2/token', { device_code: String(device.json.device_code) }));
    const bearer = String(tokens.json.access_token);
    await client.get('/door', {}, { bearer });
    await client.get('/door', {}, { bearer: `${bearer}x` });
    keep(await client.post('/auth/v2/logout', {}, { bearer }));

    expect(secrets.length).toBeGreaterThan(10);
    const log = app.logs.text();
    expect(log).toContain('scope_missing');
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    expect(log).not.toContain(users.alice.email);
  });
});
