import type {
  BrokerSettings,
  BrokerStore,
  ExchangeSettings,
  PeersSettings,
  SigningAlgorithm,
} from '../broker/index.js';
import type { SignatureChecks } from '../tokens/index.js';
import { isRecord, shown, type OptionReader } from './option-reader.js';
import { encryptionKeysFrom, isMemory, storeFrom, type NamedStore } from './store.settings.js';
import { trustedIssuersFrom } from './trusted-issuers.settings.js';

/** Broker mode, checked. What the default store adds, its encryption key, is known when it has been opened. */
export interface CheckedBroker {
  settings: BrokerSettings;
  /** A store, a URL of one, or nothing: the default. */
  store: NamedStore | BrokerStore | undefined;
  tablePrefix: string;
  /** In milliseconds. */
  providerTimeout: number;
}

/** What broker mode has to know of the options around it. */
export interface BrokerContext {
  clientId: string;
  baseUrl: string | undefined;
  audience: readonly string[] | undefined;
  /** `iss` of the provider's tokens. */
  providerIssuers: readonly string[];
  /** How peers are asked. */
  peers: Omit<PeersSettings, 'trusted'>;
  clockTolerance: number;
  verifiedTokens: number;
  checks: SignatureChecks;
  /** In milliseconds. */
  session: { idle: number; max: number };
  now: () => number;
}

const NAMES = [
  'store',
  'audience',
  'encryptionKey',
  'tablePrefix',
  'subject',
  'roles',
  'claims',
  'signing',
  'lifetimes',
  'refresh',
  'sessionCheckInterval',
  'exchange',
  'trustedIssuers',
  'endOfflineSessions',
  'purge',
];
const YEAR = 31_536_000;
/** In beats; five of them show that a process has died. */
const LEAST_PATIENCE = 6;
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

export function brokerSettingsFrom(
  options: OptionReader,
  context: BrokerContext,
  warnings: string[],
): CheckedBroker | undefined {
  if (options.raw('broker') === undefined) return undefined;
  const broker = options.nested('broker', NAMES);
  if (!isRecord(options.raw('broker'))) return undefined;
  const store = storeFrom(broker);
  const { clientId, baseUrl, audience: providerAudience, providerIssuers, peers, ...rest } = context;
  if (baseUrl === undefined && options.raw('baseUrl') === undefined) {
    options.complain('baseUrl', 'is missing: broker mode issues tokens, and this is their issuer (iss).');
  }
  const audience = audienceFrom(broker);
  const refresh = broker.nested('refresh', ['replayWindow', 'patience', 'providerTimeout', 'beat', 'resend']);
  const signing = broker.nested('signing', ['algorithm', 'rotateAfter', 'publishBefore']);
  const lifetimes = broker.nested('lifetimes', ['code', 'device', 'exchange']);
  const settings: BrokerSettings = {
    ...rest,
    issuer: baseUrl ?? '',
    audience,
    clientId,
    encryptionKeys: encryptionKeysFrom(broker, store),
    subject: broker.choice('subject', ['sub', 'preferred_username']) ?? 'sub',
    roles: broker.choice('roles', ['own', 'all']) ?? 'own',
    clients: [...new Set([clientId, ...(providerAudience ?? [])])],
    claims: claimsFrom(broker),
    signing: {
      algorithm: (signing.choice('algorithm', ALGORITHMS) ?? 'RS256') as SigningAlgorithm,
      rotateAfter: seconds(signing, 'rotateAfter', 7_776_000, 1, 10 * YEAR),
      publishBefore: seconds(signing, 'publishBefore', 86_400, 0, YEAR),
    },
    lifetimes: {
      code: seconds(lifetimes, 'code', 3_600, 30, 86_400),
      device: seconds(lifetimes, 'device', 3_600, 30, 2_592_000),
      exchange: seconds(lifetimes, 'exchange', 3_600, 30, 3_600),
    },
    refresh: {
      beat: seconds(refresh, 'beat', 2, 0.05, 60),
      look: 100,
      patience: seconds(refresh, 'patience', 15, 0.1, 300),
      replayWindow: seconds(refresh, 'replayWindow', 10, 0, 300),
      resend: refresh.boolean('resend', true),
    },
    sessionCheckInterval: intervalFrom(broker, 'sessionCheckInterval', 30, 0) ?? Infinity,
    exchange: exchangeFrom(broker, audience, providerAudience),
    peers: {
      ...peers,
      trusted: trustedIssuersFrom(broker, { own: baseUrl, provider: providerIssuers, audience }),
    },
    endOfflineSessions: broker.boolean('endOfflineSessions', false),
    purgeEvery: intervalFrom(broker, 'purge', 600, 1),
  };
  checkRotation(signing, settings);
  checkPatience(refresh, settings);
  warn(settings, store, warnings);
  return {
    settings,
    store,
    tablePrefix: broker.string('tablePrefix', "Write for example 'oidc_'.") ?? 'oidc_',
    providerTimeout: seconds(refresh, 'providerTimeout', 60, 0.05, 600),
  };
}

function audienceFrom(broker: OptionReader): string {
  if (broker.raw('audience') === undefined) {
    broker.complain('audience', "is missing: name the API for which tokens are issued, such as 'my-api'.");
  }
  return broker.string('audience', "Write for example 'my-api'.") ?? '';
}

function claimsFrom(broker: OptionReader): readonly string[] {
  const claims = broker.raw('claims');
  if (Array.isArray(claims) && claims.length === 0) return [];
  return broker.strings('claims', "Write for example ['groups'].") ?? ['groups', 'realm_access', 'resource_access'];
}

function exchangeFrom(
  broker: OptionReader,
  audience: string,
  providerAudience: readonly string[] | undefined,
): ExchangeSettings | undefined {
  if (broker.raw('exchange') === undefined) return undefined;
  const exchange = broker.nested('exchange', ['clients', 'audiences', 'policy']);
  const clients = exchange.strings('clients', 'Write the client ids whose tokens are taken.') ?? [];
  if (exchange.raw('clients') === undefined) {
    exchange.complain('clients', "is missing: name the clients whose tokens are taken, such as ['spa'].");
  }
  if (!providerAudience) {
    exchange.complain(
      'clients',
      'the option audience of the module is missing: the aud that subject tokens must carry.',
    );
  }
  return {
    clients,
    audiences: exchange.strings('audiences', 'Write the audiences that may be asked for.') ?? [audience],
    policy: exchange.function<ExchangeSettings['policy']>('policy', undefined),
  };
}

function intervalFrom(broker: OptionReader, name: string, fallback: number, least: number): number | undefined {
  if (broker.raw(name) === false) return undefined;
  const value = broker.raw(name);
  if (value === undefined || typeof value === 'number') return seconds(broker, name, fallback, least, YEAR);
  broker.complain(name, `expected a number of seconds or false, got ${shown(value)}.`);
  return undefined;
}

/** An option in seconds, as milliseconds. */
function seconds(options: OptionReader, name: string, fallback: number, least: number, most: number): number {
  return options.number(name, { fallback, least, most, unit: 'seconds' }) * 1000;
}

function checkRotation(signing: OptionReader, { signing: { rotateAfter, publishBefore } }: BrokerSettings): void {
  if (publishBefore > rotateAfter) signing.complain('publishBefore', 'has to be at most rotateAfter.');
}

/** Whoever waits for fewer beats never sees that a process has died, however often it comes: nobody would take over. */
function checkPatience(refresh: OptionReader, { refresh: { beat, patience } }: BrokerSettings): void {
  if (patience < LEAST_PATIENCE * beat)
    refresh.complain('patience', `has to be at least ${LEAST_PATIENCE} times beat.`);
}

function warn({ subject }: BrokerSettings, store: NamedStore | BrokerStore | undefined, warnings: string[]): void {
  if (subject === 'preferred_username') {
    warnings.push(
      'broker.subject: sub of our tokens is the user name. Names can be given away: whoever gets one gets what belongs to it.',
    );
  }
  if (isMemory(store)) {
    warnings.push('broker.store is memory: every session ends with this process.');
  }
}
