import { Controller, Module, VersioningType } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { AuthController, OidcAuthModule } from 'nestjs-oidc-auth';
import {
  allowInsecureRequests,
  discovery,
  None,
  refreshTokenGrant,
  tokenRevocation,
  type DiscoveryRequestOptions,
} from 'openid-client';
import { adapters, bootApp } from '../../support/apps.js';
import { bootAuthApp, usualOptions } from '../../support/auth-app.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { WireClient } from '../../support/wire-client.js';
import { bootBroker, usualBroker, type BrokerApp, type BrokerAppOptions } from './support/broker-app.js';
import { sessionAt } from './support/stub-logins.js';

const wellKnown = '/.well-known/oauth-authorization-server';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

@Controller({ version: '3' })
class VersionedController extends AuthController {}

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

/** Ways to come to a base URL with a path. */
const places: [string, string, BrokerAppOptions][] = [
  ['without a path', '', {}],
  ['with a prefix of the module', '/own/oidc', { auth: { prefix: '/own/oidc' } }],
  ['with a global prefix', '/api', { path: '/api', configure: (nest) => void nest.setGlobalPrefix('api') }],
  [
    'with both',
    '/api/oidc',
    { path: '/api/oidc', auth: { prefix: '/oidc' }, configure: (nest) => void nest.setGlobalPrefix('api') },
  ],
  ['with versioning of other routes', '', { configure: (nest) => void nest.enableVersioning() }],
  [
    'with a version',
    '/v3',
    {
      path: '/v3',
      auth: { controller: VersionedController },
      configure: (nest) => void nest.enableVersioning({ type: VersioningType.URI }),
    },
  ],
];

describe.each(adapters)('the metadata of the broker on %s', (adapter) => {
  let app: BrokerApp;
  afterEach(() => app.close());
  /** What is answered at a path of the host, whatever the base URL. */
  const atHost = (path: string) => new WireClient(app.url).get(path);

  it.each(places)('are below the issuer and at the root of the host, %s', async (_, path, options) => {
    app = await bootBroker(adapter, stub, options);
    const base = app.url + path;
    const below = await atHost(path + wellKnown);
    expect({ status: below.status, json: below.json }).toEqual({
      status: 200,
      json: {
        issuer: base,
        jwks_uri: `${base}/auth/v2/.well-known/jwks.json`,
        token_endpoint: `${base}/auth/v2/token`,
        device_authorization_endpoint: `${base}/auth/v2/device`,
        revocation_endpoint: `${base}/auth/v2/revoke`,
        response_types_supported: [],
        grant_types_supported: ['refresh_token', deviceGrant],
        token_endpoint_auth_methods_supported: ['none'],
        revocation_endpoint_auth_methods_supported: ['none'],
      },
    });
    const atRoot = await atHost(wellKnown + path);
    expect({ status: atRoot.status, json: atRoot.json }).toEqual({ status: 200, json: below.json });
    for (const { headers } of [below, atRoot]) {
      expect(headers.get('cache-control')).toBe('public, max-age=300');
      expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    }
  });

  it.each(places)('are all that OAuth libraries need, %s', async (_, path, options) => {
    app = await bootBroker(adapter, stub, options);
    const server = new URL(app.url + path);
    const settings: DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [allowInsecureRequests] };
    const found = await discovery(server, 'my-client', undefined, None(), settings);
    const { access, refresh } = await sessionAt(app, stub);

    const jwks = createRemoteJWKSet(new URL(found.serverMetadata().jwks_uri ?? ''));
    const proof = { issuer: app.url + path, audience: 'own-api', typ: 'at+jwt' };
    expect((await jwtVerify(access, jwks, proof)).payload.sub).toBe('stub-user');

    const renewed = await refreshTokenGrant(found, refresh);
    expect((await jwtVerify(renewed.access_token, jwks, proof)).payload.sub).toBe('stub-user');
    await tokenRevocation(found, renewed.refresh_token ?? '');
    const again = await app.client.post('/auth/v2/token', { refresh_token: renewed.refresh_token ?? '' });
    expect(again.json.error).toBe('invalid_grant');
  });

  it('are for everybody: the keys are public, and are kept by caches for as long as the next key is known before', async () => {
    app = await bootBroker(adapter, stub, { broker: { signing: { algorithm: 'ES256', publishBefore: 100 } } });
    const { access } = await sessionAt(app, stub);
    const { status, json, headers } = await atHost('/auth/v2/.well-known/jwks.json');
    const [key, ...others] = json.keys as Record<string, unknown>[];
    expect({ status, others }).toEqual({ status: 200, others: [] });
    expect(key).toEqual({
      kid: decodeProtectedHeader(access).kid,
      kty: 'EC',
      crv: 'P-256',
      alg: 'ES256',
      use: 'sig',
      x: expect.any(String),
      y: expect.any(String),
    });
    expect(headers.get('cache-control')).toBe('public, max-age=50');
  });

  it('answer HEAD, without a body', async () => {
    app = await bootBroker(adapter, stub, { auth: { prefix: '/own' } });
    const host = new WireClient(app.url);
    for (const path of [`/own${wellKnown}`, `${wellKnown}/own`, '/own/auth/v2/.well-known/jwks.json']) {
      const { status, text, headers } = await host.head(path);
      expect({ path, status, text }).toEqual({ path, status: 200, text: '' });
      expect(headers.get('cache-control')).toBe('public, max-age=300');
    }
  });

  it('say where endpoints were moved to, and leave out what was switched off', async () => {
    const endpoints = {
      jwks: 'keys',
      token: 'sign-in/token',
      device: false,
      revoke: false,
      metadata: 'about',
    } as const;
    app = await bootBroker(adapter, stub, { auth: { prefix: '/own', endpoints } });
    const { status, json } = await atHost('/own/about');
    expect({ status, json }).toEqual({
      status: 200,
      json: {
        issuer: `${app.url}/own`,
        jwks_uri: `${app.url}/own/keys`,
        token_endpoint: `${app.url}/own/sign-in/token`,
        response_types_supported: [],
        grant_types_supported: ['refresh_token'],
        token_endpoint_auth_methods_supported: ['none'],
      },
    });
    expect((await atHost(`${wellKnown}/own`)).json).toEqual(json);
    expect((await atHost('/own/keys')).json).toHaveProperty('keys');
    for (const path of [`/own${wellKnown}`, '/own/auth/v2/.well-known/jwks.json']) {
      expect((await atHost(path)).status).toBe(404);
    }
    for (const path of ['/auth/v2/revoke', '/auth/v2/device', '/auth/v2/token']) {
      expect((await app.client.post(path)).status).toBe(404);
    }
  });

  it('are at the root of the host even where the endpoint was moved, and the issuer has no path', async () => {
    app = await bootBroker(adapter, stub, { auth: { endpoints: { metadata: 'about' } } });
    const [moved, standard] = [await atHost('/about'), await atHost(wellKnown)];
    expect(moved.json.issuer).toBe(app.url);
    expect({ status: standard.status, json: standard.json }).toEqual({ status: 200, json: moved.json });
  });

  it('are nowhere if they were switched off', async () => {
    app = await bootBroker(adapter, stub, { auth: { prefix: '/own', endpoints: { metadata: false } } });
    for (const path of [`/own${wellKnown}`, `${wellKnown}/own`, wellKnown]) {
      expect((await atHost(path)).status).toBe(404);
    }
  });

  it('name token exchange where it is allowed', async () => {
    app = await bootBroker(adapter, stub, { broker: { exchange: { clients: ['spa'] } } });
    expect((await atHost(wellKnown)).json.grant_types_supported).toEqual(['refresh_token', deviceGrant, exchangeGrant]);
  });
});

const brokerEndpoints: [method: 'get' | 'post', path: string][] = [
  ['get', wellKnown],
  ['get', `${wellKnown}/own`],
  ['get', `/own${wellKnown}`],
  ['get', '/own/auth/v2/.well-known/jwks.json'],
  ['post', '/own/auth/v2/revoke'],
  ['post', '/own/auth/v2/backchannel-logout'],
];

describe.each(adapters)('the endpoints of broker mode on %s', (adapter) => {
  it.each(brokerEndpoints)('are not there without it: %s %s', async (method, path) => {
    const app = await bootAuthApp(adapter, stub, { auth: { prefix: '/own' } });
    const { status } = await new WireClient(app.url)[method](path);
    await app.close();
    expect(status).toBe(404);
  });

  it('come and go with the options that the same module gets at each boot', async () => {
    let url = '';
    let brokered = false;
    @Module({
      imports: [
        OidcAuthModule.forRootAsync({
          prefix: '/own',
          useFactory: () => ({ ...usualOptions(stub, `${url}/own`), ...(brokered && { broker: usualBroker }) }),
        }),
      ],
    })
    class SharedModule {}
    const statuses = async (withBroker: boolean) => {
      brokered = withBroker;
      const app = await bootApp(adapter, (own) => {
        url = own;
        return { imports: [SharedModule] };
      });
      const client = new WireClient(app.url);
      const answers = await Promise.all(brokerEndpoints.slice(1).map(([method, path]) => client[method](path)));
      await app.close();
      return answers.map(({ status }) => status);
    };
    const gone = [404, 404, 404, 404, 404];
    expect(await statuses(false)).toEqual(gone);
    expect(await statuses(true)).toEqual([200, 200, 200, 400, 400]);
    expect(await statuses(false)).toEqual(gone);
  });
});
