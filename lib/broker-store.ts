import { MemoryBrokerStore, type BrokerStore } from './broker/index.js';
import { ConfigurationError } from './errors/index.js';
import type { CheckedBroker } from './settings/index.js';

/** A store that is ready to be opened, with the encryption keys that belong to it. */
export interface ChosenStore {
  store: BrokerStore;
  encryptionKeys: readonly string[];
  /** Where the default store keeps its file. */
  path?: string;
}

/**
 * The store that the options name. Adapters are loaded when they are asked for, and at no other time.
 *
 * @throws {@link ConfigurationError} if a package that it needs is not installed
 */
export async function chooseStore({ store, settings, tablePrefix }: CheckedBroker): Promise<ChosenStore> {
  const { encryptionKeys, issuer, clientId, now } = settings;
  if (store === undefined) return embedded(issuer, clientId, encryptionKeys);
  if (!('adapter' in store)) return { store, encryptionKeys };
  switch (store.adapter) {
    case 'memory':
      return { store: new MemoryBrokerStore(now), encryptionKeys };
    case 'typeorm': {
      const { typeOrmStoreFromUrl } = await adapter(
        store.packages.join(' '),
        () => import('./broker/typeorm/from-url.js'),
      );
      return { store: typeOrmStoreFromUrl(store.url, { tablePrefix }), encryptionKeys };
    }
    case 'mongoose': {
      const { mongooseStoreFromUrl } = await adapter('mongoose', () => import('./broker/mongoose/from-url.js'));
      return { store: mongooseStoreFromUrl(store.url, { collectionPrefix: tablePrefix }), encryptionKeys };
    }
  }
}

async function embedded(issuer: string, clientId: string, given: readonly string[]): Promise<ChosenStore> {
  const { embeddedStore } = await adapter('typeorm better-sqlite3', () => import('./broker/typeorm/embedded.js'));
  const { store, encryptionKey, path } = await embeddedStore({ issuer, clientId });
  return { store, encryptionKeys: given.length > 0 ? given : [encryptionKey], path };
}

async function adapter<T>(packages: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new ConfigurationError([`broker.store: a package that it needs is not installed: npm install ${packages}`]);
  }
}

function isMissing(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}
