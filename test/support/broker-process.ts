import { Broker, type BrokerEvent, type BrokerSettings, type RefreshSettings } from '../../lib/broker/index.js';
import { nodeCheck } from '../../lib/tokens/index.js';
import type { Database } from './broker-database.js';
import type { FakeProvider } from './broker-provider.js';
import { Host, type VirtualTime } from './broker-time.js';

export const ENCRYPTION_KEY = 'the encryption key of all processes of a test';
/** The wall clock when a test begins. */
export const EPOCH = 1_750_000_000_000;
const DAY = 86_400_000;

interface ProcessParts {
  time: VirtualTime;
  database: Database;
  provider: FakeProvider;
  refresh: RefreshSettings;
}

/** One process of the application. */
export class BrokerProcess extends Host {
  readonly broker: Broker;
  readonly events: BrokerEvent[] = [];
  /** How far its wall clock is ahead, in milliseconds. */
  ahead = 0;
  readonly #time: VirtualTime;
  readonly #database: Database;

  constructor(index: number, { time, database, provider, refresh }: ProcessParts) {
    super(`process ${index}`);
    this.#time = time;
    this.#database = database;
    this.broker = new Broker({
      settings: settingsOf(refresh, () => EPOCH + time.now + this.ahead),
      store: database.linkOf(this),
      provider: provider.linkOf(this),
      report: (event) => this.events.push(event),
      // the monotonic clock of every process counts from another moment
      timing: time.timingOf(this, 1_000_000 * (index + 1)),
    });
  }

  /** kill -9. @param lost whether what it had sent is lost as well */
  kill({ lost = false } = {}): void {
    this.dead = true;
    this.lost = lost;
  }

  standStill(): void {
    this.stands = true;
  }

  goOn(): void {
    this.#time.goOn(this);
  }

  /** It alone cannot reach the database. */
  cutOff(): void {
    this.#database.cut.add(this);
  }

  reconnect(): void {
    this.#database.cut.delete(this);
  }

  /** Why sessions ended here. */
  get endings(): string[] {
    return this.events.flatMap((event) => (event.event === 'session-ended' ? [event.reason] : []));
  }
}

function settingsOf(refresh: RefreshSettings, now: () => number): BrokerSettings {
  return {
    issuer: 'https://app.example.org',
    audience: 'api',
    clientId: 'client',
    encryptionKeys: [ENCRYPTION_KEY],
    subject: 'sub',
    roles: 'own',
    clients: ['client'],
    claims: [],
    signing: { algorithm: 'EdDSA', rotateAfter: 10_000 * DAY, publishBefore: DAY },
    lifetimes: { code: 3_600_000, device: 3_600_000, exchange: 3_600_000 },
    session: { idle: 30 * DAY, max: 365 * DAY },
    refresh,
    sessionCheckInterval: 30_000,
    exchange: undefined,
    peers: { trusted: [], fetch, timeout: 10_000, times: { refreshAfter: DAY, maxAge: DAY, cooldown: 30_000 } },
    endOfflineSessions: false,
    purgeEvery: undefined,
    clockTolerance: 5,
    verifiedTokens: 100,
    checks: nodeCheck,
    now,
  };
}
