import { afterAll, beforeAll } from '@jest/globals';
import { MemoryBrokerStore, type BrokerStore } from '../../../../lib/broker/index.js';
import { freePort } from '../../../support/loopback.js';
import { bootAt, type KeycloakApp, type KeycloakAppOptions, type Mode } from './apps.js';
import { Keycloak } from './keycloak.js';

const START_TIMEOUT = 180_000;

/** A Keycloak, and one application in each mode. */
export interface Site {
  readonly keycloak: Keycloak;
  readonly apps: Readonly<Record<Mode, KeycloakApp>>;
  /** Where the application in broker mode keeps its sessions, for further pods of it. */
  readonly store: BrokerStore;
  /** Boots one more application, which is closed with the site. */
  boot(mode: Mode, options?: KeycloakAppOptions): Promise<KeycloakApp>;
}

/** A site for the test file that calls it. @returns the site, once it is there */
export function useSite(): () => Site {
  const closing: (() => Promise<void>)[] = [];
  let site: Site | undefined;
  beforeAll(async () => {
    site = await open(closing);
  }, START_TIMEOUT);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });
  return () => {
    if (!site) throw new Error('There is no Keycloak.');
    return site;
  };
}

async function open(closing: (() => Promise<void>)[]): Promise<Site> {
  const port = await freePort();
  const keycloak = await Keycloak.start(distribution(), `http://127.0.0.1:${port}`);
  closing.push(() => keycloak.close());
  const boot = async (mode: Mode, options: KeycloakAppOptions = {}) => {
    const app = await bootAt(keycloak, mode, options);
    closing.push(() => app.close());
    return app;
  };
  const store = new MemoryBrokerStore();
  const broker = await boot('broker', { port, broker: { store } });
  return { keycloak, store, apps: { broker, 'pass-through': await boot('pass-through') }, boot };
}

/** The home folder of a Keycloak that has been built with `kc.sh build --db=dev-file`. */
function distribution(): string {
  const home = process.env.INTEROP_KEYCLOAK;
  if (!home) throw new Error('INTEROP_KEYCLOAK is not set: run "npm run test:interop".');
  return home;
}
