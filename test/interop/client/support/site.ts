import type { Server } from 'node:http';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { DoorsController } from '../../../broker/e2e/support/doors.js';
import { usualBroker } from '../../../broker/e2e/support/broker-app.js';
import type { AdapterName } from '../../../support/apps.js';
import { bootAuthApp, type AuthApp, type AuthAppOptions } from '../../../support/auth-app.js';
import { Traffic } from './traffic.js';

/** How an application stands in the network. */
export interface SiteKind {
  readonly mode: 'broker' | 'pass-through';
  readonly prefix: '' | '/api';
  readonly adapter: AdapterName;
}

/** Both modes, each behind a prefix and without; the HTTP adapters take turns. For `describe.each`. */
export const kinds = [
  ['in broker mode', { mode: 'broker', prefix: '', adapter: 'express' }],
  ['in broker mode behind a prefix', { mode: 'broker', prefix: '/api', adapter: 'fastify' }],
  ['in pass-through mode', { mode: 'pass-through', prefix: '', adapter: 'fastify' }],
  ['in pass-through mode behind a prefix', { mode: 'pass-through', prefix: '/api', adapter: 'express' }],
] as const satisfies readonly [string, SiteKind][];

/** Both modes, for what a prefix has no part in. */
export const modes = kinds.filter(([, { prefix }]) => prefix === '');

export interface Site extends AuthApp {
  /** What the client is given as host. */
  readonly host: string;
  readonly traffic: Traffic;
}

export interface SiteOptions extends AuthAppOptions {
  /** How long access tokens live in broker mode, in seconds. The client renews one that has a minute left. */
  readonly lifetime?: number;
  /** What differs in broker mode. */
  readonly broker?: Partial<BrokerOptions>;
}

/** An application of ours with `DoorsController`, and its traffic. */
export async function bootSite(
  { mode, prefix, adapter }: SiteKind,
  provider: { readonly discoveryUrl: string },
  { lifetime, broker, auth, ...options }: SiteOptions = {},
): Promise<Site> {
  const lifetimes = lifetime === undefined ? {} : { lifetimes: { code: lifetime, device: lifetime } };
  const whole = { ...usualBroker, signing: { algorithm: 'RS256' as const }, ...lifetimes, ...broker };
  const app = await bootAuthApp(adapter, provider, {
    controllers: [DoorsController],
    ...options,
    auth: { prefix, ...(mode === 'broker' && { broker: whole }), ...auth },
  });
  return { ...app, host: app.client.base, traffic: new Traffic(app.app.getHttpServer() as Server) };
}
