import type { RefreshSettings } from '../../lib/broker/index.js';
import { newSigningKey } from '../../lib/broker/signing-key.js';
import { Vault } from '../../lib/broker/vault.js';
import { Call } from './broker-call.js';
import { Database } from './broker-database.js';
import { BrokerProcess, ENCRYPTION_KEY, EPOCH } from './broker-process.js';
import { FakeProvider } from './broker-provider.js';
import type { ProviderKind } from './broker-provider-tokens.js';
import { VirtualTime } from './broker-time.js';

/** Made once: what signs is no matter of these tests. */
const signingKey = newSigningKey(1, 'EdDSA', EPOCH - 1, new Vault([ENCRYPTION_KEY]));

/** The defaults. */
export const REFRESH: RefreshSettings = {
  beat: 2_000,
  look: 100,
  patience: 15_000,
  replayWindow: 10_000,
  resend: true,
};

export interface WorldOptions extends Partial<RefreshSettings> {
  provider?: ProviderKind;
  processes?: number;
}

/** A session as its user knows it, and as the provider does. */
export interface Login {
  id: string;
  /** Our first refresh token. */
  token: string;
  /** The provider's first refresh token. */
  held: string;
}

/** Some processes, their database and their provider, in a time of their own. */
export class World {
  readonly time = new VirtualTime();
  readonly database: Database;
  readonly provider: FakeProvider;
  readonly processes: readonly BrokerProcess[];
  readonly calls: Call[] = [];

  private constructor({ provider = 'strict', processes = 2, ...refresh }: WorldOptions) {
    const { time } = this;
    const now = () => EPOCH + time.now;
    const database = (this.database = new Database(time, now));
    this.provider = new FakeProvider(time, provider, now);
    const parts = { time, database, provider: this.provider, refresh: { ...REFRESH, ...refresh } };
    this.processes = Array.from({ length: processes }, (_, index) => new BrokerProcess(index, parts));
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    await world.database.store.addKey(await signingKey);
    for (const { broker } of world.processes) {
      await broker.start();
      // keys are read off the event loop, once: from now on nothing takes time but what a test makes take time
      await broker.jwks();
    }
    return world;
  }

  process(index: number): BrokerProcess {
    const process = this.processes[index];
    if (!process) throw new Error(`there is no process ${index}`);
    return process;
  }

  /** Somebody logs in. */
  async logIn({ user = 'alice', process = this.process(0) } = {}): Promise<Login> {
    const grant = this.provider.logIn(user);
    const { refresh_token: token = '' } = await this.time.outcomeOf(process.broker.issue(grant, 'code'));
    return { id: token.split('.')[0] ?? '', token, held: grant.refreshToken };
  }

  /** Presents a refresh token of ours to a process. */
  present(token: string, process = this.process(0)): Call {
    const call = new Call(process, token, process.broker.refresh(token), this.time);
    this.calls.push(call);
    return call;
  }

  /** Presents a refresh token of ours, and waits for what it is answered. */
  async refresh(token: string, process = this.process(0)): Promise<Call> {
    const call = this.present(token, process);
    await this.answered(call);
    return call;
  }

  /** Lets time pass until all of these are answered. @returns what */
  async answered(...calls: Call[]): Promise<string[]> {
    await this.time.until(() => calls.every(({ answer }) => answer !== undefined));
    return calls.map(({ answer }) => answer ?? '');
  }
}
