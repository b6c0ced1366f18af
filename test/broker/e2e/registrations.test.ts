import { Controller, Get, Inject, Module, Req, Res } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthController, OidcAuth, OidcAuthModule, oidcAuthToken, Required, type IDToken } from 'nestjs-oidc-auth';
import { MemoryBrokerStore, type BrokerStore } from '../../../lib/broker/index.js';
import { adapters, bootApp, type AdapterName, type App } from '../../support/apps.js';
import { usualOptions } from '../../support/auth-app.js';
import { expectTokens, expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { WireClient } from '../../support/wire-client.js';
import { begin, callback } from '../../attacks/support/logins.js';
import { bootBroker, usualBroker } from './support/broker-app.js';
import { DoorsController } from './support/doors.js';
import { logInAt, refresh, sessionAt } from './support/stub-logins.js';

@Controller()
class TwoDoorsController {
  constructor(
    @Inject(OidcAuth) private readonly own: OidcAuth,
    @Inject(oidcAuthToken('partner')) private readonly partner: OidcAuth,
  ) {}

  @Get('own-door')
  ownDoor(@Required() token: IDToken): { iss: string } {
    return { iss: token.iss };
  }

  @Get('partner-door')
  partnerDoor(@Required({ instance: 'partner' }) token: IDToken): { iss: string } {
    return { iss: token.iss };
  }

  @Get('purge')
  async purge(): Promise<string[]> {
    const outcome = (auth: OidcAuth) =>
      auth.purgeExpired().then(
        () => 'purged',
        () => 'nothing to purge',
      );
    return [await outcome(this.own), await outcome(this.partner)];
  }
}

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

/** Two registrations at the same provider; the second with what is given. */
function bootTwo(adapter: AdapterName, partner: object): Promise<App> {
  return bootApp(adapter, (url) => ({
    controllers: [TwoDoorsController],
    imports: [
      OidcAuthModule.forRoot({ ...usualOptions(stub, `${url}/own`), prefix: '/own', broker: usualBroker }),
      OidcAuthModule.forRoot({
        ...usualOptions(stub, `${url}/partner`),
        prefix: '/partner',
        name: 'partner',
        ...partner,
      }),
    ],
  }));
}

describe.each(adapters)('a registration with broker and one without, on %s,', (adapter) => {
  let app: App;
  let host: WireClient;
  let own: WireClient;
  let partner: WireClient;
  beforeAll(async () => {
    app = await bootTwo(adapter, {});
    host = new WireClient(app.url);
    own = new WireClient(`${app.url}/own`);
    partner = new WireClient(`${app.url}/partner`);
  });
  afterAll(() => app.close());
  const status = async (path: string, bearer: string) => (await host.get(path, {}, { bearer })).status;

  it("each give their own tokens: the broker's, and the provider's", async () => {
    const ours = await logInAt({ client: own }, stub);
    const theirs = await logInAt({ client: partner }, stub);
    expectTokens(ours, true);
    expectTokens(theirs, true);
    expect(claimsOf(String(ours.json.access_token)).iss).toBe(`${app.url}/own`);
    expect(claimsOf(String(theirs.json.access_token)).iss).toBe(stub.issuer);
  });

  it('each let in their own tokens only', async () => {
    const ours = await sessionAt({ client: own }, stub);
    const theirs = await sessionAt({ client: partner }, stub);
    expect([await status('/own-door', ours.access), await status('/own-door', theirs.access)]).toEqual([200, 401]);
    expect([await status('/partner-door', theirs.access), await status('/partner-door', ours.access)]).toEqual([
      200, 401,
    ]);
    expect(await status('/own/auth/v2/userinfo', ours.access)).toBe(200);
    expect(await status('/partner/auth/v2/userinfo', ours.access)).toBe(401);
  });

  it('do not take refresh tokens of each other for their own', async () => {
    const theirs = await sessionAt({ client: partner }, stub);
    expectWireError(await refresh({ client: own }, theirs.refresh), 400, 'invalid_grant');
  });

  it('have the endpoints of broker mode under the one prefix only', async () => {
    const metadata = '/.well-known/oauth-authorization-server';
    const paths = ['/auth/v2/.well-known/jwks.json', metadata];
    for (const path of paths) {
      expect([path, (await own.get(path)).status, (await partner.get(path)).status]).toEqual([path, 200, 404]);
    }
    for (const path of ['/auth/v2/revoke', '/auth/v2/backchannel-logout']) {
      expect([path, (await own.post(path)).status, (await partner.post(path)).status]).toEqual([path, 400, 404]);
    }
    expect((await host.get(`${metadata}/own`)).json.issuer).toBe(own.base);
    expect((await host.get(`${metadata}/partner`)).status).toBe(404);
  });

  it('tell by the one whether there is something to purge', async () => {
    expect(JSON.parse((await host.get('/purge')).text)).toEqual(['purged', 'nothing to purge']);
  });
});

describe.each(adapters)('two registrations with broker on %s', (adapter) => {
  let app: App;
  let host: WireClient;
  let own: WireClient;
  let partner: WireClient;
  beforeAll(async () => {
    app = await bootTwo(adapter, { broker: usualBroker });
    host = new WireClient(app.url);
    own = new WireClient(`${app.url}/own`);
    partner = new WireClient(`${app.url}/partner`);
  });
  afterAll(() => app.close());

  it('are two issuers, although audience, client and encryption key are the same', async () => {
    const [ours, theirs] = [await sessionAt({ client: own }, stub), await sessionAt({ client: partner }, stub)];
    const status = async (path: string, bearer: string) => (await host.get(path, {}, { bearer })).status;
    expect([await status('/own-door', ours.access), await status('/own-door', theirs.access)]).toEqual([200, 401]);
    expect([await status('/partner-door', theirs.access), await status('/partner-door', ours.access)]).toEqual([
      200, 401,
    ]);
    expectWireError(await refresh({ client: own }, theirs.refresh), 400, 'invalid_grant');
    expect((await own.post('/auth/v2/revoke', { token: theirs.refresh })).status).toBe(200);
    expect((await refresh({ client: partner }, theirs.refresh)).status).toBe(200);
    expect((await refresh({ client: own }, ours.refresh)).status).toBe(200);
  });

  it('each have their metadata at the root of the host', async () => {
    for (const { base } of [own, partner]) {
      const { pathname } = new URL(base);
      expect((await host.get(`/.well-known/oauth-authorization-server${pathname}`)).json.issuer).toBe(base);
    }
  });
});

describe.each(adapters)('a store that the application provides, on %s', (adapter) => {
  const STORE = Symbol('store');

  const boot = (store: BrokerStore) =>
    bootApp(adapter, (url) => {
      @Module({ providers: [{ provide: STORE, useFactory: () => Promise.resolve(store) }], exports: [STORE] })
      class StorageModule {}
      return {
        controllers: [DoorsController],
        imports: [
          OidcAuthModule.forRootAsync({
            imports: [StorageModule],
            inject: [STORE],
            useFactory: (provided: BrokerStore) => ({
              ...usualOptions(stub, url),
              baseUrl: 'https://app.example.org',
              broker: { ...usualBroker, store: provided },
            }),
          }),
        ],
      };
    });

  it('is injected, and keeps sessions and keys over a restart', async () => {
    const store = new MemoryBrokerStore();
    const before = await boot(store);
    const { access, refresh: token } = await sessionAt({ client: new WireClient(before.url) }, stub);
    await before.close();
    expect(await store.lives(String(claimsOf(access).sid))).toBe(true);

    const after = await boot(store);
    const client = new WireClient(after.url);
    expect((await client.get('/me', {}, { bearer: access })).json).toEqual(claimsOf(access));
    const { status, json } = await refresh({ client }, token);
    await after.close();
    expect(status).toBe(200);
    expect(claimsOf(String(json.access_token)).sid).toBe(claimsOf(access).sid);
  });
});

class SessionController extends AuthController {
  override async callback(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const { access_token, refresh_token } = await this.completeLogin(exchange);
    exchange.json({ kept: access_token, refreshable: refresh_token !== undefined });
  }

  @Get('auth/v2/session')
  session(@Required() token: IDToken): { session: string | undefined } {
    return { session: token.sid };
  }
}

describe.each(adapters)('a controller of the application, in broker mode on %s,', (adapter) => {
  it("ends log-ins in its own way, with the broker's tokens", async () => {
    const app = await bootBroker(adapter, stub, { auth: { controller: SessionController } });
    const begun = await begin(app.client, app.client.url('/auth/v2/callback'));
    stub.on('token', () => stub.tokens({ nonce: begun.nonce }));
    const { status, json } = await callback(app, begun);
    stub.restore();
    expect({ status, refreshable: json.refreshable }).toEqual({ status: 200, refreshable: true });
    const bearer = String(json.kept);
    expect(claimsOf(bearer)).toMatchObject({ iss: app.url, aud: 'own-api', sub: 'stub-user' });
    const answer = await app.client.get('/auth/v2/session', {}, { bearer });
    expect(answer.json).toEqual({ session: claimsOf(bearer).sid });

    expect((await app.client.post('/auth/v2/revoke', { token: bearer })).status).toBe(200);
    expect((await app.client.get('/auth/v2/session', {}, { bearer })).status).toBe(401);
    await app.close();
  });

  it('gets no tokens for a log-in that another browser began', async () => {
    const app = await bootBroker(adapter, stub, { auth: { controller: SessionController } });
    const begun = await begin(app.client, app.client.url('/auth/v2/callback'));
    const before = stub.calls('token');
    const answer = await callback(app, { ...begun, cookie: '' });
    await app.close();
    expectWireError(answer, 400, 'invalid_request');
    expect(stub.calls('token')).toBe(before);
  });
});
