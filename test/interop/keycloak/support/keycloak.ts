import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../support/loopback.js';
import { temporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { Administrator } from './administrator.js';
import { TetheredProcess } from './tethered-process.js';

const REALM = 'demo';
/** What kc.sh would add, and a compiler that does well with programs that run for a minute. */
const JAVA_OPTIONS = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
  '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
  ...['util', 'util.concurrent', 'security', 'lang'].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
];

/** The real Keycloak on 127.0.0.1, with the realm of `realm.json`; it can go away and come back with all that it knew. */
export class Keycloak {
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly administrator: Administrator;
  readonly #origin: string;
  #process: TetheredProcess | undefined;

  private constructor(
    private readonly home: TemporaryFolder,
    private readonly port: number,
    private readonly environment: NodeJS.ProcessEnv,
    secret: string,
  ) {
    this.#origin = `http://127.0.0.1:${port}`;
    this.issuer = `${this.#origin}/realms/${REALM}`;
    this.discoveryUrl = `${this.issuer}/.well-known/openid-configuration`;
    this.administrator = new Administrator(this.#origin, REALM, secret);
  }

  /**
   * @param distribution the home folder of a Keycloak that has been built; nothing is written there
   * @param applicationUrl where the realm's `the-app` takes logout tokens
   */
  static async start(distribution: string, applicationUrl: string): Promise<Keycloak> {
    const home = await temporaryFolder();
    await symlink(join(distribution, 'lib'), join(home.path, 'lib'));
    await mkdir(join(home.path, 'data', 'import'), { recursive: true });
    const realm = fileURLToPath(new URL('realm.json', import.meta.url));
    await copyFile(realm, join(home.path, 'data', 'import', 'realm.json'));
    const secret = randomBytes(24).toString('base64url');
    const keycloak = new Keycloak(home, await freePort(), environmentFor(applicationUrl, secret), secret);
    try {
      await keycloak.up();
      return keycloak;
    } catch (error) {
      await keycloak.close();
      throw error;
    }
  }

  async up(): Promise<void> {
    this.#process = await TetheredProcess.start({
      command: 'java',
      args: [...JAVA_OPTIONS, ...this.#arguments()],
      env: this.environment,
      ready: `Listening on: ${this.#origin}`,
    });
  }

  /** Connections are refused from now on. */
  async down(): Promise<void> {
    await this.#process?.end();
    this.#process = undefined;
  }

  async close(): Promise<void> {
    await this.down();
    await this.home.remove();
  }

  /** Java is called directly: kc.sh would look for data, configuration and the realm in the shared distribution. */
  #arguments(): string[] {
    return [
      `-Dkc.home.dir=${this.home.path}`,
      '-cp',
      join(this.home.path, 'lib', 'quarkus-run.jar'),
      'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
      'start',
      '--optimized',
      '--import-realm',
      '--cache=local',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${this.port}`,
      `--hostname=${this.#origin}`,
    ];
  }
}

/** Settings of somebody else's Keycloak that happen to be in the environment do not count. */
function environmentFor(applicationUrl: string, secret: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('KC_'));
  return {
    ...Object.fromEntries(inherited),
    APPLICATION_URL: applicationUrl,
    KC_BOOTSTRAP_ADMIN_CLIENT_ID: Administrator.clientId,
    KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: secret,
  };
}
