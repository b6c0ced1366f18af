import { Logger } from '@nestjs/common';
import { Broker, type BrokerEvent, type IdentityProvider } from './broker/index.js';
import { chooseStore } from './broker-store.js';
import type { OidcAuthEvents } from './guards/index.js';
import type { CheckedBroker } from './settings/index.js';

/**
 * Broker mode at work: its store chosen and opened. A store that cannot be reached stops nobody, as little as a provider
 * that is down.
 *
 * @throws {@link ConfigurationError} if an administrator has to mend something
 */
export async function startBroker(
  checked: CheckedBroker,
  provider: IdentityProvider,
  instance: string,
  events: OidcAuthEvents,
): Promise<Broker> {
  const { store, encryptionKeys, path } = await chooseStore(checked);
  if (path !== undefined) new Logger('OidcAuth').log(`Sessions (${instance}) are kept in ${path}`);
  const settings = { ...checked.settings, encryptionKeys };
  const report = (event: BrokerEvent) => {
    tell(events, instance, event);
  };
  const broker = new Broker({ settings, store, provider, report });
  await broker.start();
  return broker;
}

function tell(events: OidcAuthEvents, instance: string, told: BrokerEvent): void {
  switch (told.event) {
    case 'store-failed':
      events.storeFailed({ instance, code: told.code, message: told.remedy ?? '' });
      break;
    case 'session-ended':
      events.sessionEnded({ instance, reason: told.reason, session: told.session });
      break;
    case 'peer-failed':
      events.peerFailed({ instance, issuer: told.issuer, reason: told.reason, message: told.message });
      break;
    case 'peer-recovered':
      events.peerRecovered({ instance, issuer: told.issuer });
      break;
    case 'row-unreadable':
      events.rowUnreadable({ instance, reason: told.reason, row: told.row });
      break;
  }
}
