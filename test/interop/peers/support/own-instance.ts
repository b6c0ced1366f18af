import type { BrokerOptions, OidcAuthOptions } from 'nestjs-oidc-auth';
import { MemoryBrokerStore, type BrokerStore } from '../../../../lib/broker/index.js';
import { openSigningKey } from '../../../../lib/broker/signing-key.js';
import { Vault } from '../../../../lib/broker/vault.js';
import { bootBroker, encryptionKey, type BrokerApp, type Told } from '../../../broker/e2e/support/broker-app.js';
import type { AdapterName } from '../../../support/apps.js';
import type { SigningKey } from '../../../support/keys.js';
import { WireClient, type WireAnswer } from '../../../support/wire-client.js';
import { signingKeyFrom, type Instance, type Site } from './instance.js';
import { ShiftedClock } from './shifted-clock.js';

export interface OwnOptions {
  readonly discoveryUrl: string;
  readonly adapter?: AdapterName;
  /** What differs from a broker whose `sub` is the user name, as the Python family has it. */
  readonly broker?: Partial<BrokerOptions>;
  /** What differs from the usual registration. */
  readonly auth?: Partial<OidcAuthOptions>;
  /** What is kept from one start to the next. Default: a store of its own. */
  readonly store?: BrokerStore;
  /** Default: the real time. */
  readonly clock?: ShiftedClock;
}

/** An instance of ours, in this process but on a port like any other. */
export class OwnInstance implements Instance {
  readonly issuer: string;
  readonly client: WireClient;
  readonly clock: ShiftedClock;
  readonly #store: BrokerStore;
  #broker: Partial<BrokerOptions>;
  #app: BrokerApp | undefined;

  private constructor(
    private readonly site: Site,
    private readonly options: OwnOptions,
  ) {
    this.issuer = site.issuer;
    this.client = new WireClient(site.issuer);
    this.clock = options.clock ?? new ShiftedClock();
    this.#store = options.store ?? new MemoryBrokerStore(this.clock.now);
    this.#broker = options.broker ?? {};
  }

  static async start(site: Site, options: OwnOptions): Promise<OwnInstance> {
    const instance = new OwnInstance(site, options);
    await instance.up();
    return instance;
  }

  /** What it tells by events since it is up. */
  get told(): Told {
    return this.#running.told;
  }

  me(token: string): Promise<WireAnswer> {
    return this.get('/me', token);
  }

  /** What one of the routes of `DoorsController` answers. */
  get(path: string, token: string): Promise<WireAnswer> {
    return new WireClient(this.#running.url).get(path, {}, { bearer: token });
  }

  async key(): Promise<SigningKey> {
    const vault = new Vault([encryptionKey]);
    const keys = await Promise.all((await this.#store.keys()).map((key) => openSigningKey(key, vault)));
    const active = keys.findLast(({ activeFrom }) => activeFrom <= this.clock.now());
    if (!active) throw new Error('No key signs.');
    return signingKeyFrom(active.privateKey, active.kid, active.algorithm);
  }

  async dropKey(): Promise<void> {
    for (const { sequence } of await this.#store.keys()) await this.#store.removeKey(sequence);
  }

  async up(): Promise<void> {
    if (this.#app) return;
    const { adapter = 'express', auth, discoveryUrl } = this.options;
    const { port, prefix } = this.site;
    const usual = { subject: 'preferred_username', signing: { algorithm: 'RS256' } } as const;
    this.#app = await bootBroker(
      adapter,
      { discoveryUrl },
      {
        port,
        auth: { prefix, now: this.clock.now, ...auth },
        broker: { store: this.#store, exchange: { clients: ['my-client'] }, ...usual, ...this.#broker },
      },
    );
  }

  /** Starts anew with other options, on the same store. */
  async restart(broker: Partial<BrokerOptions> = {}): Promise<void> {
    await this.down();
    this.#broker = { ...this.#broker, ...broker };
    await this.up();
  }

  async down(): Promise<void> {
    await this.#app?.close();
    this.#app = undefined;
  }

  close(): Promise<void> {
    return this.down();
  }

  get #running(): BrokerApp {
    if (!this.#app) throw new Error(`${this.issuer} is down.`);
    return this.#app;
  }
}
