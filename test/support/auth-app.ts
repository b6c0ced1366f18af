import { OidcAuthModule, type OidcAuthOptions, type OidcAuthShape } from 'nestjs-oidc-auth';
import { bootApp, type AdapterName, type App, type AppOptions } from './apps.js';
import { clients } from './provider.js';
import { WireClient } from './wire-client.js';

export interface AuthAppOptions extends AppOptions {
  /** What differs from the usual registration. */
  readonly auth?: Partial<OidcAuthOptions & OidcAuthShape>;
  /** What stands between the application's origin and `/auth/v2` in its public URL, e.g. `/api`. Default: the prefix. */
  readonly path?: string;
  /** Where it listens. Default: a port of its own. */
  readonly port?: number;
}

export interface AuthApp extends App {
  readonly client: WireClient;
}

/** Every attack has to fail on both: `TEST_VERIFIER=jose`. */
const verifier = process.env.TEST_VERIFIER === 'jose' ? ({ verifier: 'jose' } as const) : {};

/** The options of a confidential client of the test providers, whose application is at `baseUrl`. */
export function usualOptions({ discoveryUrl }: { readonly discoveryUrl: string }, baseUrl: string): OidcAuthOptions {
  return { ...clients.basic, discoveryUrl, audience: 'my-api', scopes: 'profile email read', baseUrl, ...verifier };
}

/** An application with one registration at `provider`, and a client for it. */
export async function bootAuthApp(
  adapter: AdapterName,
  provider: { readonly discoveryUrl: string },
  { auth = {}, path = auth.prefix ?? '', imports = [], port, ...options }: AuthAppOptions = {},
): Promise<AuthApp> {
  const withModule = (url: string) => ({
    ...options,
    imports: [OidcAuthModule.forRoot({ ...usualOptions(provider, url + path), ...auth }), ...imports],
  });
  const app = await bootApp(adapter, withModule, port);
  return { ...app, client: new WireClient(app.url + path) };
}
