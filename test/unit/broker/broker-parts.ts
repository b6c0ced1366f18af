import type { BrokerSettings, IdentityProvider, PeersSettings } from '../../../lib/broker/index.js';
import { MemoryBrokerStore } from '../../../lib/broker/memory/memory.store.js';
import { Peers } from '../../../lib/broker/peers/peers.js';
import type { SessionContent } from '../../../lib/broker/session-content.js';
import { StoreAccess } from '../../../lib/broker/store-access.js';
import type { BrokerStore } from '../../../lib/broker/store.js';
import { Vault } from '../../../lib/broker/vault.js';
import { Outbound } from '../../../lib/outbound/index.js';
import { nodeCheck, VerifiedTokens } from '../../../lib/tokens/index.js';
import { Host, VirtualTime } from '../../support/broker-time.js';

export const ENCRYPTION_KEY = 'the encryption key of broker unit tests';
/** The wall clock when a test begins. */
export const EPOCH = 1_750_000_000_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** One process with a store in memory, in a time of its own. */
export class Bench {
  readonly time = new VirtualTime();
  readonly timing = this.time.timingOf(new Host('the process'), 1_000);
  readonly now = (): number => EPOCH + this.time.now;
  readonly store = new MemoryBrokerStore(this.now);
  /** Codes and remedies that the way to the store has reported. */
  readonly reports: (readonly [code: string, remedy?: string])[] = [];
  readonly access = this.accessTo(this.store);

  accessTo(store: BrokerStore, prepare: (store: BrokerStore) => Promise<void> = () => Promise.resolve()): StoreAccess {
    const report = (code: string, remedy?: string) => this.reports.push(remedy === undefined ? [code] : [code, remedy]);
    return new StoreAccess(store, this.timing, report, prepare);
  }
}

/** Settings of a broker at `https://app.example.org`. */
export function brokerSettings(others: Partial<BrokerSettings> = {}): BrokerSettings {
  return {
    issuer: 'https://app.example.org',
    audience: 'own-api',
    clientId: 'client',
    encryptionKeys: [ENCRYPTION_KEY],
    subject: 'sub',
    roles: 'own',
    clients: ['client', 'my-api'],
    claims: ['groups'],
    signing: { algorithm: 'EdDSA', rotateAfter: 90 * DAY, publishBefore: DAY },
    lifetimes: { code: HOUR, device: HOUR, exchange: HOUR },
    session: { idle: 30 * DAY, max: 365 * DAY },
    refresh: { beat: 2_000, look: 100, patience: 15_000, replayWindow: 10_000, resend: true },
    sessionCheckInterval: 30_000,
    exchange: undefined,
    peers: peersSettings(),
    endOfflineSessions: false,
    purgeEvery: undefined,
    clockTolerance: 5,
    verifiedTokens: 100,
    checks: nodeCheck,
    now: Date.now,
    ...others,
  };
}

/** How peers are asked. */
export function peersSettings(others: Partial<PeersSettings> = {}): PeersSettings {
  const times = { refreshAfter: 600_000, maxAge: DAY, cooldown: 30_000 };
  return { trusted: [], fetch, timeout: 10_000, times, ...others };
}

/** The peers that these settings trust. */
export function peersOf(settings: BrokerSettings, bench = new Bench()): Peers {
  const vault = new Vault(settings.encryptionKeys);
  const outbound = new Outbound(settings.peers);
  const verified = new VerifiedTokens(settings.verifiedTokens);
  return new Peers({
    settings,
    access: bench.access,
    vault,
    outbound,
    verified,
    report: () => undefined,
    unreadable: () => undefined,
  });
}

/** A provider of which a test needs these verbs only. */
export function providerWith(verbs: Partial<IdentityProvider>): IdentityProvider {
  const unexpected = () => Promise.reject(new Error('nobody expected to be asked for this'));
  return {
    ready: unexpected,
    refresh: unexpected,
    confirm: unexpected,
    describe: unexpected,
    revoke: unexpected,
    verifyLogoutToken: unexpected,
    verifyAccessToken: unexpected,
    ...verbs,
  };
}

/** What a session of `alice` holds. */
export function sessionContent(others: Partial<SessionContent> = {}): SessionContent {
  return {
    kind: 'code',
    startedAt: EPOCH,
    login: { iss: 'https://idp.example.org', sub: 'alice', sid: 'provider-session', iat: EPOCH / 1000 },
    user: { preferred_username: 'alice' },
    userinfo: undefined,
    idToken: undefined,
    refreshToken: 'provider-token',
    refreshExpiresAt: undefined,
    scope: 'openid',
    pending: undefined,
    ...others,
  };
}
