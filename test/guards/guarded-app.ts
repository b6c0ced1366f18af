import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import type { AdapterName, App } from '../support/apps.js';
import { bootAuthApp, type AuthApp, type AuthAppOptions } from '../support/auth-app.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import type { WireAnswer } from '../support/wire-client.js';

/** What a visitor carries: nothing, a bearer as it stands, or claims of a genuine token. */
export type Carried = string | JWTPayload;

/** No JWT, and nothing that looks like one. */
export const badToken = 'garbage';

/** An application whose doors are tried. */
export interface GuardedApp extends App {
  get(path: string, carried?: Carried): Promise<WireAnswer>;
  /** The status alone. */
  status(path: string, carried?: Carried): Promise<number>;
}

export interface Doors {
  readonly stub: StubProvider;
  /** Boots an application with one registration at the stub; it is closed after the test. */
  boot(options: AuthAppOptions): Promise<GuardedApp>;
  /** The same with these controllers and nothing else. */
  open(...controllers: Type[]): Promise<GuardedApp>;
}

/** A stub provider for a `describe` block, and applications that trust it. */
export function doorsOn(adapter: AdapterName): Doors {
  let stub: StubProvider;
  const open: AuthApp[] = [];
  beforeAll(async () => {
    stub = await startStubProvider();
  });
  afterEach(async () => {
    stub.restore();
    await stub.up();
    for (const app of open.splice(0)) await app.close();
  });
  afterAll(() => stub.close());

  const boot = async (options: AuthAppOptions): Promise<GuardedApp> => {
    const app = await bootAuthApp(adapter, stub, options);
    open.push(app);
    return guardedApp(app, stub);
  };
  return {
    get stub() {
      return stub;
    },
    boot,
    open: (...controllers) => boot({ controllers }),
  };
}

/** Lets visitors of an application carry claims in the place of tokens. */
export function guardedApp({ client, ...app }: AuthApp, stub: StubProvider): GuardedApp {
  const get = async (path: string, carried?: Carried) => {
    const bearer = typeof carried === 'object' ? await stub.accessToken(carried) : carried;
    return client.get(path, {}, bearer === undefined ? {} : { bearer });
  };
  return { ...app, get, status: async (path, carried) => (await get(path, carried)).status };
}
