import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { clients } from '../../../support/provider.js';
import type { SigningKey } from '../../../support/keys.js';
import { temporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { WireClient, type WireAnswer } from '../../../support/wire-client.js';
import { TetheredProcess } from '../../keycloak/support/tethered-process.js';
import { signingKeyFrom, type Instance, type Site } from './instance.js';

const script = fileURLToPath(new URL('../../python/instance.py', import.meta.url));

/** The environments that `npm run test:interop` makes, each with one version of py-oidc-auth. */
const environments = { '2604.3.0': 'INTEROP_PYTHON_2604', newest: 'INTEROP_PYTHON_NEWEST' } as const;

export type PythonVersion = keyof typeof environments;

export interface PythonOptions {
  readonly discoveryUrl: string;
  readonly trustedIssuers: readonly string[];
  /** `iss` of its tokens. Default: the site's issuer. */
  readonly issuer?: string;
  /** Default: `own-api`. */
  readonly audience?: string;
  /** Least seconds between two looks at a peer's keys. Default: the original's, which is a minute. */
  readonly cooldown?: number;
}

/** An instance of py-oidc-auth in broker mode, on FastAPI and uvicorn, as its documentation has it. */
export class PythonInstance implements Instance {
  readonly issuer: string;
  readonly client: WireClient;
  readonly #store: string;
  readonly #routes: WireClient;
  #process: TetheredProcess | undefined;

  private constructor(
    private readonly version: PythonVersion,
    private readonly site: Site,
    private readonly options: PythonOptions,
    private readonly folder: TemporaryFolder,
  ) {
    this.issuer = options.issuer ?? site.issuer;
    this.client = new WireClient(site.issuer);
    this.#routes = new WireClient(new URL(site.issuer).origin);
    this.#store = join(folder.path, 'broker.sqlite');
  }

  static async start(version: PythonVersion, site: Site, options: PythonOptions): Promise<PythonInstance> {
    const instance = new PythonInstance(version, site, options, await temporaryFolder());
    try {
      await instance.up();
      return instance;
    } catch (error) {
      await instance.close();
      throw error;
    }
  }

  me(token: string): Promise<WireAnswer> {
    return this.#routes.get('/me', {}, { bearer: token });
  }

  /** What a route answers that wants the role `staff`. */
  staff(token: string): Promise<WireAnswer> {
    return this.#routes.get('/staff', {}, { bearer: token });
  }

  async key(): Promise<SigningKey> {
    const { json } = await this.client.get('/auth/v2/.well-known/jwks.json');
    const [{ kid }] = json.keys as [{ kid: string }];
    const pem = this.#inStore((database) => database.prepare('SELECT value FROM broker_keys').pluck().get() as string);
    return signingKeyFrom(createPrivateKey(pem), kid);
  }

  /** It has one key and no rotation, so that this is the only way to another. */
  async dropKey(): Promise<void> {
    this.#inStore((database) => database.prepare('DELETE FROM broker_keys').run());
  }

  async up(): Promise<void> {
    if (this.#process) return;
    const { port, prefix } = this.site;
    const { discoveryUrl, trustedIssuers, audience = 'own-api', cooldown } = this.options;
    const settings = {
      ...clients.basic,
      ...{ port, prefix, discoveryUrl, trustedIssuers, audience, cooldown },
      issuer: this.issuer,
      providerAudience: 'my-api',
      store: this.#store,
    };
    this.#process = await TetheredProcess.start({
      command: pythonOf(this.version),
      args: [script, JSON.stringify(settings)],
      env: process.env,
      ready: 'Uvicorn running on',
    });
  }

  async down(): Promise<void> {
    await this.#process?.end();
    this.#process = undefined;
  }

  async close(): Promise<void> {
    await this.down();
    await this.folder.remove();
  }

  #inStore<T>(work: (database: Database.Database) => T): T {
    const database = new Database(this.#store, { fileMustExist: true });
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
}

function pythonOf(version: PythonVersion): string {
  const variable = environments[version];
  const python = process.env[variable];
  if (python) return python;
  throw new Error(`${variable} does not say where py-oidc-auth ${version} is installed: run npm run test:interop.`);
}
