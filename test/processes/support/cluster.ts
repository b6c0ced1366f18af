import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import type { BrokerOptions, OidcAuthOptions } from 'nestjs-oidc-auth';
import { loopbackTarget, type WireAnswer } from '../../support/wire-client.js';
import { clients } from '../../support/provider-clients.js';
import type { WorkerConfig } from '../worker/protocol.js';
import type { Database } from './database.js';
import { StrictProvider, type Grant, type User } from './strict-provider.js';
import { WorkerProcess } from './worker-process.js';

/** Broker options in which a process differs, or a whole cluster from what is usual. */
export type BrokerChanges = Partial<Omit<BrokerOptions, 'store'>>;

/** A session as its client has it. */
export interface ClientSession {
  readonly user: User;
  /** The provider's side of it. */
  readonly grant: Grant;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface ClusterOptions {
  readonly broker?: BrokerChanges;
  readonly auth?: Partial<Omit<OidcAuthOptions, 'broker'>>;
}

/** One application in several processes, on one database, at one provider. */
export class Cluster {
  readonly workers: WorkerProcess[] = [];
  readonly encryptionKey = randomBytes(32).toString('base64');

  constructor(
    readonly provider: StrictProvider,
    readonly database: Database,
    private readonly options: ClusterOptions = {},
  ) {}

  /** Options of a process. */
  config(broker: BrokerChanges = {}, url = this.database.url): Omit<WorkerConfig, 'port'> {
    const { auth } = this.options;
    return {
      store: { url },
      auth: {
        ...clients.basic,
        discoveryUrl: this.provider.stub.discoveryUrl,
        audience: 'my-api',
        scopes: 'profile email',
        baseUrl: 'https://app.example.org',
        ...auth,
        broker: { audience: 'own-api', encryptionKey: this.encryptionKey, ...this.options.broker, ...broker },
      },
    };
  }

  /** One process more. @param url where it finds the database, if not where the others do */
  async add(broker?: BrokerChanges, url?: string): Promise<WorkerProcess> {
    return (await this.fork()).start(this.config(broker, url));
  }

  /** Processes that have begun at the same moment. */
  addMany(count: number, broker?: BrokerChanges, url?: string): Promise<WorkerProcess[]> {
    return Promise.all(Array.from({ length: count }, () => this.add(broker, url)));
  }

  /** A process that has not booted yet. */
  async fork(): Promise<WorkerProcess> {
    const worker = await WorkerProcess.fork();
    this.workers.push(worker);
    return worker;
  }

  /** A log-in up to the code, which is the provider's answer to the user's browser. */
  async codeFrom({ client }: WorkerProcess, user = newUser()): Promise<{ form: Record<string, string>; user: User }> {
    const request = await client.authorizationRequest({ redirect_uri: loopbackTarget, offline_access: 'true' });
    const form = {
      grant_type: 'authorization_code',
      code: this.provider.codeFor(user, request),
      redirect_uri: loopbackTarget,
      code_verifier: request.searchParams.get('state') ?? '',
    };
    return { form, user };
  }

  async logIn(worker: WorkerProcess, user?: User): Promise<ClientSession> {
    const login = await this.codeFrom(worker, user);
    const answer = await worker.client.post('/auth/v2/token', login.form);
    return this.sessionFrom(answer, login.user);
  }

  /** What a client has after a log-in. */
  sessionFrom({ status, json, text }: WireAnswer, user: User): ClientSession {
    const grant = this.provider.grants.findLast((one) => one.user.sub === user.sub);
    if (status !== 200 || !grant) throw new Error(`The log-in ended with ${status}: ${text}`);
    return { user, grant, accessToken: String(json.access_token), refreshToken: String(json.refresh_token) };
  }

  /** Ends every process. */
  async end(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
  }
}

/** Somebody whose name, address and subject nobody else has. */
export function newUser(): User {
  const id = randomUUID();
  return { sub: `subject-${id}`, name: `name-${id}`, email: `${id}@users.example` };
}

/** A cluster for the tests of one suite, on a database and a provider of its own. */
export function clusterOf(create: () => Promise<Database>, options?: ClusterOptions): () => Cluster {
  let running: Cluster | undefined;
  beforeAll(async () => {
    running = new Cluster(await StrictProvider.start(), await create(), options);
  }, 60_000);
  afterAll(async () => {
    await running?.end();
    await running?.provider.close();
    await running?.database.drop();
  });
  return () => {
    if (!running) throw new Error('The cluster is there while tests run.');
    return running;
  };
}
