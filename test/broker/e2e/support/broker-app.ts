import {
  OidcAuthEvents,
  type BrokerOptions,
  type PeerFailedEvent,
  type PeerRecoveredEvent,
  type ProviderFailedEvent,
  type RefusedEvent,
  type RowUnreadableEvent,
  type SessionEndedEvent,
  type StoreFailedEvent,
} from 'nestjs-oidc-auth';
import type { AdapterName, App } from '../../../support/apps.js';
import { bootAuthApp, type AuthApp, type AuthAppOptions } from '../../../support/auth-app.js';
import { DoorsController } from './doors.js';

/** What an application tells about itself by events. */
export interface Told {
  readonly refused: RefusedEvent[];
  readonly providerFailed: ProviderFailedEvent[];
  readonly storeFailed: StoreFailedEvent[];
  readonly ended: SessionEndedEvent[];
  readonly unreadable: RowUnreadableEvent[];
  readonly peerFailed: PeerFailedEvent[];
  readonly peerRecovered: PeerRecoveredEvent[];
}

export interface BrokerApp extends AuthApp {
  readonly told: Told;
}

export interface BrokerAppOptions extends AuthAppOptions {
  /** What differs from a broker on a store in memory, whose audience is `own-api`. */
  readonly broker?: Partial<BrokerOptions>;
}

export const encryptionKey = 'the encryption key of this application';

/** Broker mode as most tests have it; ES256, because its keys are made in no time. */
export const usualBroker = {
  store: 'memory:',
  audience: 'own-api',
  encryptionKey,
  signing: { algorithm: 'ES256' },
} satisfies BrokerOptions;

/** An application in broker mode, with {@link DoorsController}. */
export async function bootBroker(
  adapter: AdapterName,
  provider: { readonly discoveryUrl: string },
  { broker, auth, ...options }: BrokerAppOptions = {},
): Promise<BrokerApp> {
  const app = await bootAuthApp(adapter, provider, {
    controllers: [DoorsController],
    ...options,
    auth: { broker: { ...usualBroker, ...broker }, ...auth },
  });
  return { ...app, told: listen(app) };
}

export function listen({ app }: Pick<App, 'app'>): Told {
  const told: Told = {
    refused: [],
    providerFailed: [],
    storeFailed: [],
    ended: [],
    unreadable: [],
    peerFailed: [],
    peerRecovered: [],
  };
  const events = app.get(OidcAuthEvents, { strict: false });
  events.on('refused', (event) => void told.refused.push(event));
  events.on('provider-failed', (event) => void told.providerFailed.push(event));
  events.on('store-failed', (event) => void told.storeFailed.push(event));
  events.on('session-ended', (event) => void told.ended.push(event));
  events.on('row-unreadable', (event) => void told.unreadable.push(event));
  events.on('peer-failed', (event) => void told.peerFailed.push(event));
  events.on('peer-recovered', (event) => void told.peerRecovered.push(event));
  return told;
}
