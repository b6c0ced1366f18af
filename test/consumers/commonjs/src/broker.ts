import type { BrokerOptions } from 'nestjs-oidc-auth';

/** As the environment says: no broker mode, or one with the default store, or with the store of a URL. */
export function brokerFrom({ BROKER_STORE: store, ENCRYPTION_KEY: encryptionKey }: NodeJS.ProcessEnv) {
  if (!store) return undefined;
  const options: BrokerOptions = { audience: 'my-api' };
  return store === 'the default' ? options : { ...options, store, encryptionKey };
}
