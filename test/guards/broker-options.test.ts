import { Controller, Get, type Type } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  OidcAuthModule,
  Required,
  type ClaimRequirements,
  type IDToken,
  type OidcAuthOptions,
  type OidcAuthShape,
} from 'nestjs-oidc-auth';
import { MemoryBrokerStore } from '../../lib/broker/index.js';
import { bootApp } from '../support/apps.js';

const KEY = 'hunter2-hunter2-hunter2-hunter2-hunter2';

const good = {
  clientId: 'my-client',
  clientSecret: 'hunter2-hunter2-hunter2-hunter2-hunter2',
  discoveryUrl: 'https://idp.example.org/realms/demo',
  baseUrl: 'https://app.example.org',
};

/** Written when the port had no verbs for peers, and with one of its verbs forgotten. */
const oldStore = Object.assign(new MemoryBrokerStore(), {
  peerKeys: undefined,
  keepPeerKeys: undefined,
  forgetPeersExcept: undefined,
});
const unfinishedStore = Object.assign(new MemoryBrokerStore(), { take: 'later' });

const goodBroker = { store: 'memory:', audience: 'own-api' };

/** Boots with the usual options and these; the problems that are told, or the warnings of an application that boots. */
async function boot(
  broker: unknown,
  options: object = {},
  controllers: Type[] = [],
): Promise<{ problems: readonly string[]; warnings: string }> {
  const given = { ...good, ...options, broker } as OidcAuthOptions & OidcAuthShape;
  try {
    const app = await bootApp('express', { imports: [OidcAuthModule.forRoot(given)], controllers });
    await app.close();
    return { problems: [], warnings: app.logs.text('warn') };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { problems: error.problems, warnings: '' };
  }
}

/** With the usual broker options and these. */
function bootBroker(broker: object, options: object = {}): ReturnType<typeof boot> {
  return boot({ ...goodBroker, ...broker }, options);
}

const number = (name: string, least: number, most: number) =>
  new RegExp(`^broker\\.${name}: expected a number of seconds from ${least} to ${most}, got `);

const wrong: [option: string, broker: object, sentence: RegExp][] = [
  [
    'store',
    { store: 5, encryptionKey: KEY },
    /^broker\.store: expected a URL such as 'postgres:.*new TypeOrmBrokerStore\(dataSource\)\.$/,
  ],
  ['store', { store: '', encryptionKey: KEY }, /^broker\.store: expected a URL/],
  ['store', { store: {}, encryptionKey: KEY }, /^broker\.store: expected a URL .*or a store such as/],
  ['store', { store: { open: true, close: true }, encryptionKey: KEY }, /^broker\.store: expected a URL/],
  [
    'store',
    { store: oldStore, encryptionKey: KEY },
    /^broker\.store: the store does not have peerKeys, keepPeerKeys, forgetPeersExcept: .*BrokerStore/,
  ],
  ['store', { store: unfinishedStore, encryptionKey: KEY }, /^broker\.store: the store does not have take: /],
  ['store', { store: MemoryBrokerStore, encryptionKey: KEY }, /^broker\.store: expected a URL/],
  ['store', { store: undefined, encryptionKey: KEY }, /^broker\.store: is there, and undefined.*environment variable/],
  ['store', { store: 'app.sqlite', encryptionKey: KEY }, /^broker\.store: expected a URL, such as postgres:/],
  ['store', { store: 'redis://:hunter2@cache', encryptionKey: KEY }, /^broker\.store: .*no store for redis:\/\/ URLs/],
  ['store', { store: 'http://u:hunter2@db/app', encryptionKey: KEY }, /^broker\.store: .*no store for http:\/\/ URLs/],
  ['store', { store: 'u:hunter2@db/app', encryptionKey: KEY }, /^broker\.store: expected a URL/],
  ['store', { store: 'sqlite:', encryptionKey: KEY }, /^broker\.store: the URL names no file.*memory:/],
  ['store', { store: 'sqlite:///', encryptionKey: KEY }, /^broker\.store: the URL names no file/],
  ['store', { store: 'sqlite:///:memory:', encryptionKey: KEY }, /^broker\.store: the URL names no file/],
  ['store', { store: 'sqlite://app.sqlite', encryptionKey: KEY }, /^broker\.store: there is a slash missing/],
  ['store', { store: 'postgres://u:hunter2@db', encryptionKey: KEY }, /^broker\.store: the URL names no database/],
  ['store', { store: 'mysql://u:hunter2@db:x/app', encryptionKey: KEY }, /^broker\.store: the port is no number/],
  ['store', { store: 'mysql://u:hunter2%@db/app', encryptionKey: KEY }, /^broker\.store: .*%25/],
  [
    'store',
    { store: 'mysql://u:x@db/app?password=hunter2', encryptionKey: KEY },
    /^broker\.store: password is no para/,
  ],
  ['audience', { audience: undefined }, /^broker\.audience: is missing: name the API/],
  ['audience', { audience: ['own-api'] }, /^broker\.audience: expected a string .*'my-api'/],
  ['audience', { audience: ' ' }, /^broker\.audience: expected a string/],
  ['encryptionKey', { encryptionKey: 'hunter2' }, /^broker\.encryptionKey: expected .*32 .*generate-key/],
  ['encryptionKey', { encryptionKey: [] }, /^broker\.encryptionKey: expected .*or a list of them/],
  ['encryptionKey', { encryptionKey: [KEY, 'hunter2'] }, /^broker\.encryptionKey: expected/],
  ['encryptionKey', { encryptionKey: 5 }, /^broker\.encryptionKey: expected/],
  ['encryptionKey', { encryptionKey: { key: KEY } }, /^broker\.encryptionKey: expected/],
  ['encryptionKey', { store: 'sqlite:///a.sqlite' }, /^broker\.encryptionKey: is missing.*generate-key/],
  ['encryptionKey', { store: new MemoryBrokerStore() }, /^broker\.encryptionKey: is missing/],
  ['tablePrefix', { tablePrefix: 5 }, /^broker\.tablePrefix: expected a string .*'oidc_'/],
  ['tablePrefix', { tablePrefix: '' }, /^broker\.tablePrefix: expected a string/],
  ['subject', { subject: 'email' }, /^broker\.subject: expected one of sub, preferred_username, got "email"/],
  ['roles', { roles: true }, /^broker\.roles: expected one of own, all, got true/],
  ['claims', { claims: { groups: 'x' } }, /^broker\.claims: expected a string or a list.*\['groups'\]/],
  ['claims', { claims: [''] }, /^broker\.claims: expected/],
  ['signing', { signing: 'RS256' }, /^broker\.signing: expected an object, got "RS256"/],
  ['signing', { signing: { algorithm: 'HS256' } }, /^broker\.signing\.algorithm: .*RS256, ES256, EdDSA, got "HS256"/],
  ['signing', { signing: { alg: 'ES256' } }, /^broker\.signing\.alg: there is no such option, only algorithm/],
  ['signing', { signing: { rotateAfter: 0, publishBefore: 0 } }, number('signing.rotateAfter', 1, 315_360_000)],
  ['signing', { signing: { publishBefore: -1 } }, number('signing.publishBefore', 0, 31_536_000)],
  ['signing', { signing: { rotateAfter: 86_399 } }, /^broker\.signing\.publishBefore: has to be at most rotateAfter/],
  ['lifetimes', { lifetimes: 3600 }, /^broker\.lifetimes: expected an object, got 3600/],
  ['lifetimes', { lifetimes: { code: 29 } }, number('lifetimes.code', 30, 86_400)],
  ['lifetimes', { lifetimes: { device: 2_592_001 } }, number('lifetimes.device', 30, 2_592_000)],
  ['lifetimes', { lifetimes: { exchange: '60' } }, number('lifetimes.exchange', 30, 3_600)],
  ['lifetimes', { lifetimes: { refresh: 60 } }, /^broker\.lifetimes\.refresh: there is no such option, only code, dev/],
  ['refresh', { refresh: [] }, /^broker\.refresh: expected an object, got \[\]/],
  ['refresh', { refresh: { replayWindow: 301 } }, number('refresh.replayWindow', 0, 300)],
  ['refresh', { refresh: { patience: NaN } }, number('refresh.patience', 0.1, 300)],
  ['refresh', { refresh: { patience: 11.9 } }, /^broker\.refresh\.patience: has to be at least 6 times beat/],
  ['refresh', { refresh: { beat: 3 } }, /^broker\.refresh\.patience: has to be at least 6 times beat/],
  ['refresh', { refresh: { beat: 0 } }, number('refresh.beat', 0.05, 60)],
  ['refresh', { refresh: { providerTimeout: 601 } }, number('refresh.providerTimeout', 0.05, 600)],
  ['refresh', { refresh: { resend: 'no' } }, /^broker\.refresh\.resend: expected true or false, got "no"/],
  ['refresh', { refresh: { timeout: 5 } }, /^broker\.refresh\.timeout: there is no such option, only replayWindow/],
  [
    'sessionCheckInterval',
    { sessionCheckInterval: true },
    /^broker\.sessionCheckInterval: .*seconds or false, got true/,
  ],
  ['sessionCheckInterval', { sessionCheckInterval: -1 }, number('sessionCheckInterval', 0, 31_536_000)],
  ['sessionCheckInterval', { sessionCheckInterval: Infinity }, number('sessionCheckInterval', 0, 31_536_000)],
  ['endOfflineSessions', { endOfflineSessions: 1 }, /^broker\.endOfflineSessions: expected true or false, got 1/],
  ['purge', { purge: 0 }, number('purge', 1, 31_536_000)],
  ['purge', { purge: 'never' }, /^broker\.purge: expected a number of seconds or false, got "never"/],
  ['encryption_key', { encryption_key: KEY }, /^broker\.encryption_key: there is no such option, only store, audience/],
];

const wrongExchange: [option: string, exchange: unknown, sentence: RegExp][] = [
  ['exchange', true, /^broker\.exchange: expected an object, got true/],
  ['clients', {}, /^broker\.exchange\.clients: is missing: name the clients.*\['spa'\]/],
  ['clients', { clients: [] }, /^broker\.exchange\.clients: expected a string or a list/],
  ['clients', { clients: [5] }, /^broker\.exchange\.clients: expected a string or a list/],
  ['audiences', { clients: ['spa'], audiences: [] }, /^broker\.exchange\.audiences: expected a string or a list/],
  ['policy', { clients: ['spa'], policy: 'all' }, /^broker\.exchange\.policy: expected a function, got "all"/],
  ['scopes', { clients: ['spa'], scopes: [] }, /^broker\.exchange\.scopes: there is no such option, only clients/],
];

const wrongAround: [option: string, broker: unknown, options: object, sentence: RegExp][] = [
  ['broker', 5, {}, /^broker: expected an object, got 5/],
  ['broker', null, {}, /^broker: expected an object, got null/],
  ['broker', [], {}, /^broker: expected an object, got \[\]/],
  ['baseUrl', goodBroker, { baseUrl: undefined }, /^baseUrl: is missing: broker mode issues tokens/],
  [
    'endpoints',
    goodBroker,
    { endpoints: { token: false } },
    /^endpoints\.token: cannot be switched off in broker mode/,
  ],
  ['claims', goodBroker, { claims: { tenant: 'a' } }, /^claims: "tenant" is no claim .*add it to broker\.claims/],
  [
    'claims',
    { ...goodBroker, claims: [] },
    { claims: { 'realm_access.roles': 'a' } },
    /^claims: "realm_access\.roles" is no claim .*add it to broker\.claims/,
  ],
  [
    'audience',
    { ...goodBroker, exchange: { clients: ['spa'] } },
    {},
    /^broker\.exchange\.clients: the option audience of the module is missing/,
  ],
];

describe('a wrong broker option stops the boot with its name and the remedy', () => {
  it.each(wrong)('%s: %j', async (_, broker, sentence) => {
    const { problems } = await bootBroker(broker);
    expect(problems[0]).toMatch(sentence);
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('hunter2');
  });

  it.each(wrongExchange)('exchange, %s: %j', async (_, exchange, sentence) => {
    const { problems } = await bootBroker({ exchange }, { audience: 'my-api' });
    expect(problems[0]).toMatch(sentence);
  });

  it.each(wrongAround)('%s: %j, %j', async (_, broker, options, sentence) => {
    expect((await boot(broker, options)).problems).toEqual([expect.stringMatching(sentence)]);
  });

  it('and several at once are one message', async () => {
    const { problems } = await bootBroker({ audience: 5, purge: 0, refresh: { beat: 'x' } }, { baseUrl: undefined });
    expect(problems.map((problem) => problem.split(':', 1)[0]).sort()).toEqual([
      'baseUrl',
      'broker.audience',
      'broker.purge',
      'broker.refresh.beat',
    ]);
  });
});

describe('a route that requires', () => {
  function controllerWith(claims: ClaimRequirements): Type {
    @Controller()
    class RouteController {
      @Get('route')
      route(@Required({ claims }) token: IDToken): string {
        return token.sub;
      }
    }
    return RouteController;
  }

  it('a claim that our tokens do not carry stops the boot', async () => {
    const { problems } = await boot(goodBroker, {}, [controllerWith({ tenant: 'a' })]);
    expect(problems).toEqual([expect.stringMatching(/RouteController.*"tenant".*broker\.claims/)]);
  });

  it.each<[ClaimRequirements]>([[{ 'realm_access.roles': 'a' }], [{ groups: 'a' }], [{ email_verified: true }]])(
    '%j, which they carry, boots',
    async (claims) => {
      expect((await boot(goodBroker, {}, [controllerWith(claims)])).problems).toEqual([]);
    },
  );

  it('a claim that the option adds boots', async () => {
    const { problems } = await boot({ ...goodBroker, claims: ['tenant'] }, {}, [controllerWith({ tenant: 'a' })]);
    expect(problems).toEqual([]);
  });
});

describe('right broker options boot', () => {
  it.each<[name: string, broker: object, options: object]>([
    ['a store of its own', { store: new MemoryBrokerStore(), encryptionKey: KEY }, {}],
    ['a list of encryption keys', { store: new MemoryBrokerStore(), encryptionKey: [KEY, `old ${KEY}`] }, {}],
    ['the longest and the shortest', { lifetimes: { code: 30, device: 2_592_000 }, purge: 1 }, {}],
    ['intervals switched off', { sessionCheckInterval: false, purge: false }, {}],
    ['every request asking the store', { sessionCheckInterval: 0 }, {}],
    ['just enough patience', { refresh: { beat: 1, patience: 6, resend: false } }, {}],
    ['keys that sign as soon as they are published', { signing: { rotateAfter: 1, publishBefore: 0 } }, {}],
    ['exchange', { exchange: { clients: ['spa'], audiences: ['a'], policy: () => true } }, { audience: 'my-api' }],
    ['no claims of the provider', { claims: [] }, {}],
    ['one client, written as text', { exchange: { clients: 'spa' } }, { audience: 'my-api' }],
  ])('with %s', async (_, broker, options) => {
    expect((await bootBroker(broker, options)).problems).toEqual([]);
  });

  it.each<[name: string, broker: object, warning: RegExp]>([
    ['user names as subject', { subject: 'preferred_username' }, /broker\.subject: .*Names can be given away/],
    ['a store in memory', { store: 'memory:' }, /broker\.store is memory: every session ends with this process/],
  ])('and warn of %s', async (_, broker, warning) => {
    const { problems, warnings } = await bootBroker(broker);
    expect(problems).toEqual([]);
    expect(warnings).toMatch(warning);
  });

  it('without a warning where nothing is to be warned of', async () => {
    const { warnings } = await bootBroker({ store: new MemoryBrokerStore(), encryptionKey: KEY });
    expect(warnings).toBe('');
  });
});
