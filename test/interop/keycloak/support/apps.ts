import type { BrokerOptions, OidcAuthOptions } from 'nestjs-oidc-auth';
import { bootBroker, listen, type BrokerApp } from '../../../broker/e2e/support/broker-app.js';
import { bootAuthApp } from '../../../support/auth-app.js';
import { RequirementsController } from './requirements.controller.js';

/** Both ways of handing out tokens, for `describe.each(modes)('… in %s mode', (mode) => …)`. */
export const modes = ['broker', 'pass-through'] as const;

export type Mode = (typeof modes)[number];

/** The realm's clients; only `the-app` is told of log-outs. */
const clients = {
  'the-app': { clientId: 'the-app', clientSecret: 'the-secret-of-the-app-is-long-enough' },
  'another-app': { clientId: 'another-app', clientSecret: 'the-secret-of-another-app-is-long-enough' },
  'browser-only': { clientId: 'browser-only', clientSecret: 'the-secret-of-browser-only-is-long-enough' },
  'command-line': { clientId: 'command-line', clientSecret: undefined, secret: 'what seals while there is no secret' },
} as const;

/** An application at Keycloak, and what it tells by events. */
export type KeycloakApp = BrokerApp;

export interface KeycloakAppOptions {
  /** Default: `the-app` in broker mode, else `another-app`. */
  readonly client?: keyof typeof clients;
  readonly auth?: Partial<OidcAuthOptions>;
  /** What differs from a broker on a store in memory; nothing in pass-through mode. */
  readonly broker?: Partial<BrokerOptions>;
  readonly port?: number;
}

/** Boots an application: on Express in broker mode, on Fastify in pass-through mode. */
export async function bootAt(
  keycloak: { readonly discoveryUrl: string },
  mode: Mode,
  { client = mode === 'broker' ? 'the-app' : 'another-app', auth, broker, port }: KeycloakAppOptions = {},
): Promise<KeycloakApp> {
  const options = {
    controllers: [RequirementsController],
    auth: { ...clients[client], scopes: 'profile email', ...auth },
    ...(port !== undefined && { port }),
  };
  if (mode === 'broker') return bootBroker('express', keycloak, { ...options, ...(broker && { broker }) });
  const app = await bootAuthApp('fastify', keycloak, options);
  return { ...app, told: listen(app) };
}
