import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import {
  AuthController,
  ConfigurationError,
  OidcAuthModule,
  type OidcAuthOptions,
  type OidcAuthShape,
} from 'nestjs-oidc-auth';
import { bootApp } from '../support/apps.js';

const good = {
  clientId: 'my-client',
  clientSecret: 'hunter2-hunter2-hunter2-hunter2-hunter2',
  discoveryUrl: 'https://idp.example.org/realms/demo',
  audience: 'my-api',
};

/** Boots with the usual options and these; the problems that are told, or the warnings of an application that boots. */
async function boot(options: object): Promise<{ problems: readonly string[]; warnings: string }> {
  const given = { ...good, ...options } as OidcAuthOptions & OidcAuthShape;
  try {
    const app = await bootApp('express', { imports: [OidcAuthModule.forRoot(given)] });
    await app.close();
    return { problems: [], warnings: app.logs.text('warn') };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { problems: error.problems, warnings: '' };
  }
}

const circular: { self?: unknown } = {};
circular.self = circular;

const wrong: [option: string, options: object, sentence: RegExp][] = [
  ['clientId', { clientId: undefined }, /^clientId: is missing/],
  ['clientId', { clientId: 5 }, /^clientId: expected a string .*got 5/],
  ['clientId', { clientId: '  ' }, /^clientId: expected a string/],
  ['clientSecret', { clientSecret: '' }, /^clientSecret: .*leave it out for a public client/],
  ['clientSecret', { clientSecret: 12345 }, /^clientSecret: expected a string/],
  [
    'clientAuthentication',
    { clientAuthentication: 'basic' },
    /^clientAuthentication: .*client_secret_basic.*got "basic"/,
  ],
  [
    'clientAuthentication',
    { clientAuthentication: 'none' },
    /^clientAuthentication: 'none' and a clientSecret contradict/,
  ],
  [
    'clientAuthentication',
    { clientSecret: undefined, clientAuthentication: 'client_secret_post' },
    /^clientSecret: is missing/,
  ],
  [
    'clientAuthentication',
    { clientAuthentication: { method: 'private_key_jwt', key: 'x' } },
    /^clientAuthentication\.key: /,
  ],
  ['clientAuthentication', { clientAuthentication: { method: 'private_key_jwt' } }, /^clientAuthentication\.key: /],
  ['discoveryUrl', { discoveryUrl: undefined }, /^discoveryUrl: is missing/],
  ['discoveryUrl', { discoveryUrl: 'idp.example.org' }, /^discoveryUrl: expected a URL .*"idp\.example\.org"/],
  ['discoveryUrl', { discoveryUrl: 'http://idp.example.org' }, /^discoveryUrl: .*plain http.*insecureHttp/],
  ['discoveryUrl', { discoveryUrl: 'https://login.example/{tenant}/v2.0' }, /^discoveryUrl: .*template/],
  ['discoveryUrl', { discoveryUrl: 'https://user:hunter2@idp.example.org' }, /^discoveryUrl: .*without a user/],
  ['discoveryUrl', { discoveryUrl: 'https://:hunter2@idp.example.org' }, /^discoveryUrl: .*without a user/],
  ['issuer', { issuer: 5 }, /^issuer: expected a string/],
  ['tokenIssuers', { tokenIssuers: [''] }, /^tokenIssuers: expected a string or a list/],
  ['audience', { audience: undefined }, /^audience: is missing.*insecureAudience: true/],
  ['audience', { audience: [] }, /^audience: expected a string or a list/],
  ['audience', { audience: [1n] }, /^audience: expected a string or a list/],
  ['insecureAudience', { insecureAudience: true }, /^insecureAudience: contradicts audience/],
  ['insecureAudience', { insecureAudience: 'yes' }, /^insecureAudience: expected true or false, got "yes"/],
  ['insecureHttp', { insecureHttp: 1 }, /^insecureHttp: expected true or false, got 1/],
  ['scopes', { scopes: { a: 1 } }, /^scopes: expected a string or a list/],
  ['baseUrl', { baseUrl: 'app.example.org' }, /^baseUrl: expected a URL/],
  ['baseUrl', { baseUrl: 'https://app.example.org/' }, /^baseUrl: expected "https:\/\/app\.example\.org"/],
  ['baseUrl', { baseUrl: 'https://APP.example.org' }, /^baseUrl: expected "https:\/\/app\.example\.org"/],
  ['baseUrl', { baseUrl: 'https://app.example.org/?x' }, /^baseUrl: expected "https:\/\/app\.example\.org"/],
  ['baseUrl', { baseUrl: 'http://app.example.org' }, /^baseUrl: .*plain http/],
  ['baseUrl', { baseUrl: circular }, /^baseUrl: expected a string .*cannot be shown/],
  ['claims', { claims: ['admin'] }, /^claims: expected an object from claim path/],
  ['claims', { claims: { groups: [] } }, /^claims: "groups" wants/],
  ['claims', { claims: { groups: { anyOf: ['x'], allOf: ['y'] } } }, /^claims: "groups" wants/],
  ['offlineAccess', { offlineAccess: 'yes' }, /^offlineAccess: expected true or false/],
  ['offlineAccess', { offlineAccess: { params: {}, parms: {} } }, /^offlineAccess\.parms: there is no such option/],
  ['offlineAccess', { offlineAccess: {} }, /^offlineAccess\.params: is missing/],
  ['offlineAccess', { offlineAccess: { params: { state: 'x' } } }, /^offlineAccess\.params: state cannot be set here/],
  [
    'authorizationParams',
    { authorizationParams: { a: 1 } },
    /^authorizationParams: expected an object whose values are strings/,
  ],
  [
    'authorizationParams',
    { authorizationParams: { nonce: 'x', client_id: 'y' } },
    /^authorizationParams: nonce, client_id cannot/,
  ],
  ['timeout', { timeout: 0 }, /^timeout: expected a number of seconds from 0\.05 to 120, got 0/],
  ['timeout', { timeout: '10' }, /^timeout: .*got "10"/],
  ['timeout', { timeout: NaN }, /^timeout: .*got NaN/],
  ['secret', { secret: 'hunter2' }, /^secret: expected a random string of at least 32 characters/],
  ['secret', { secret: [] }, /^secret: expected/],
  ['secret', { secret: ['x'.repeat(32), 'hunter2'] }, /^secret: expected/],
  [
    'redirectUris',
    { redirectUris: 'https://a.example/' },
    /^redirectUris: expected a list.*write \["https:\/\/a\.example\/"\]/,
  ],
  ['redirectUris', { redirectUris: ['https://*.example.org/'] }, /^redirectUris: .*wildcard/],
  [
    'redirectUris',
    { redirectUris: ['https://A.example/x'] },
    /^redirectUris: .*would be written "https:\/\/a\.example\/x"/,
  ],
  ['redirectUris', { redirectUris: ['https://a.example/x?y'] }, /^redirectUris: .*query or fragment/],
  ['redirectUris', { redirectUris: ['https://u:hunter2@a.example/x'] }, /^redirectUris: .*user/],
  ['redirectUris', { redirectUris: ['http://a.example/x'] }, /^redirectUris: .*https/],
  ['redirectUris', { redirectUris: ['javascript:alert(1)'] }, /^redirectUris: .*https/],
  ['redirectUris', { redirectUris: ['nonsense'] }, /^redirectUris: "nonsense" is no URL/],
  ['postLogoutRedirectUris', { postLogoutRedirectUris: ['data:text/html,x'] }, /^postLogoutRedirectUris: /],
  ['loopback', { loopback: 'no' }, /^loopback: expected true or false/],
  ['acceptStateAsVerifier', { acceptStateAsVerifier: 0 }, /^acceptStateAsVerifier: expected true or false/],
  ['devicePkce', { devicePkce: true }, /^devicePkce: expected 'auto' or false, got true/],
  ['logoutHint', { logoutHint: 'x' }, /^logoutHint: expected true or false/],
  ['session', { session: 5 }, /^session: expected an object/],
  ['session', { session: { idle: 1 } }, /^session\.idle: expected a number of seconds from 60/],
  ['session', { session: { ldle: 100 } }, /^session\.ldle: there is no such option, only idle/],
  ['clockTolerance', { clockTolerance: -1 }, /^clockTolerance: expected a number of seconds from 0 to 300/],
  ['algorithms', { algorithms: ['HS256', 'none'] }, /^algorithms: "HS256", "none" cannot be accepted/],
  ['internalBaseUrl', { internalBaseUrl: 'http://keycloak:8080' }, /^internalBaseUrl: .*insecureHttp/],
  ['metadata', { metadata: [] }, /^metadata: expected an object/],
  ['metadata', { metadata: { jwks_uri: 'jwks' } }, /^metadata\.jwks_uri: expected a URL/],
  ['metadata', { metadata: { jwks_uri: null } }, /^metadata\.jwks_uri: cannot be removed/],
  ['metadata', { metadata: { jwks_uri: 'https://u:hunter2@idp.example.org/jwks' } }, /^metadata\.jwks_uri: /],
  ['metadata', { metadata: { issuer: 'x' } }, /^metadata\.issuer: set the option issuer/],
  ['cache', { cache: { maxAge: 10 } }, /^cache\.maxAge: has to be at least refreshAfter/],
  ['cache', { cache: { cooldown: 0 } }, /^cache\.cooldown: expected a number/],
  ['cache', { cache: { ttl: 5 } }, /^cache\.ttl: there is no such option/],
  ['fetch', { fetch: 'global' }, /^fetch: expected a function, got "global"/],
  ['now', { now: 5 }, /^now: expected a function, got 5/],
  ['broker', { broker: true }, /^broker: expected an object, got true/],
  ['prefix', { prefix: 'api' }, /^prefix: expected a path such as '\/api'/],
  ['prefix', { prefix: '/api/' }, /^prefix: expected a path/],
  ['prefix', { prefix: '/:tenant' }, /^prefix: expected a path/],
  ['endpoints', { endpoints: { sign: 'x' } }, /^endpoints\.sign: there is no such endpoint/],
  ['endpoints', { endpoints: { login: '/:x' } }, /^endpoints\.login: expected a path/],
  ['endpoints', { endpoints: { login: true } }, /^endpoints\.login: expected a path/],
  ['endpoints', { endpoints: { login: 'same', device: 'same' } }, /^endpoints: two endpoints have the same path/],
  ['controller', { controller: Date }, /^controller: expected a class that extends AuthController/],
  ['isGlobal', { isGlobal: 'x' }, /^isGlobal: expected true or false/],
  ['name', { name: '' }, /^name: expected a string/],
  ['client_id', { client_id: 'x' }, /^client_id: there is no such option: it is called clientId/],
  ['proxy', { proxy: 'x' }, /^proxy: there is no such option: it is called baseUrl/],
  ['timeout_sec', { timeout_sec: 1 }, /^timeout_sec: .*called timeout/],
  ['jwks_uri', { jwks_uri: 'x' }, /^jwks_uri: .*metadata: \{ jwks_uri \}/],
  ['nonsense', { nonsense: 1 }, /^nonsense: there is no such option\.$/],
];

describe('a wrong option stops the boot with its name and the remedy', () => {
  it.each(wrong)('%s: %j', async (_, options, sentence) => {
    const { problems } = await boot(options);
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('and several at once are one message', async () => {
    const { problems } = await boot({ clientId: 5, timeout: -1, redirectUris: ['nonsense'], prefix: 'x' });
    expect(problems.map((problem) => problem.split(':', 1)[0]).sort()).toEqual([
      'clientId',
      'prefix',
      'redirectUris',
      'timeout',
    ]);
  });

  it('and a controller with a path of its own is one', async () => {
    const { Controller } = await import('@nestjs/common');
    @Controller('mine')
    class MineController extends AuthController {}
    const { problems } = await boot({ controller: MineController });
    expect(problems).toEqual([expect.stringMatching(/^controller: MineController has the path "mine" of its own/)]);
  });
});

describe('a right option boots', () => {
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const jwk = {
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
    kid: 'k1',
  };

  it.each<[name: string, options: object]>([
    ['the issuer in the place of the document', { discoveryUrl: 'https://idp.example.org/' }],
    ['a document with a query', { discoveryUrl: 'https://b2c.example/v2.0/.well-known/openid-configuration?p=policy' }],
    ['http on loopback', { discoveryUrl: 'http://localhost:8080/realms/demo', baseUrl: 'http://127.0.0.1:3000' }],
    [
      'a key as PEM',
      {
        clientSecret: undefined,
        secret: 'x'.repeat(32),
        clientAuthentication: { method: 'private_key_jwt', key: pem },
      },
    ],
    ['a key as JWK', { clientAuthentication: { method: 'private_key_jwt', key: jwk, algorithm: 'PS256' } }],
    ['post', { clientAuthentication: 'client_secret_post' }],
    ['private-use redirect URIs', { redirectUris: ['com.example.app:/callback', 'https://app.example.org/in'] }],
    ['empty lists', { redirectUris: [], postLogoutRedirectUris: [] }],
    ['a post-logout URI with a query', { postLogoutRedirectUris: ['https://app.example.org/bye?x=1'] }],
    ['several audiences and issuers', { audience: ['a', 'b'], tokenIssuers: ['https://sts.example/'] }],
    ['offline parameters', { offlineAccess: { params: { access_type: 'offline' } } }],
    ["metadata of one's own", { metadata: { jwks_uri: 'https://idp.example.org/keys', end_session_endpoint: null } }],
  ])('with %s', async (_, options) => {
    expect((await boot(options)).problems).toEqual([]);
  });

  it.each<[name: string, options: object, warning: RegExp]>([
    [
      'a short client secret and no secret',
      { clientSecret: 'short' },
      /Several pods, and restarts, need the option secret/,
    ],
    ['clientSecret: undefined', { clientSecret: undefined }, /Is an environment variable missing/],
    ['an open audience', { audience: undefined, insecureAudience: true }, /insecureAudience: access tokens/],
    ['plain http', { insecureHttp: true }, /insecureHttp: /],
    [
      'a baseUrl without the prefix',
      { baseUrl: 'https://app.example.org', prefix: '/api' },
      /does not end with the prefix/,
    ],
  ])('and warns of %s', async (_, options, warning) => {
    const { problems, warnings } = await boot(options);
    expect(problems).toEqual([]);
    expect(warnings).toMatch(warning);
  });

  it('without a warning where nothing is to be warned of', async () => {
    expect(await boot({ baseUrl: 'https://app.example.org/api', prefix: '/api' })).toEqual({
      problems: [],
      warnings: '',
    });
  });
});
