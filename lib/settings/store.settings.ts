import { randomBytes } from 'node:crypto';
import { parseStoreUrl, type BrokerStore, type StoreUrl } from '../broker/index.js';
import type { OptionReader } from './option-reader.js';

/** A store by its URL, which has been checked, and the adapter that it belongs to. */
export interface NamedStore {
  adapter: StoreUrl['adapter'];
  url: string;
  /** What has to be installed for TypeORM. */
  packages: readonly string[];
}

const LEAST_KEY = 32;
const REMEDY_KEY = 'make one with "npx nestjs-oidc-auth generate-key", and keep it as you keep passwords.';
/** All that a store has to be able to do. */
const VERBS = Object.keys({
  ...{ open: true, close: true, insert: true, read: true, lives: true, idsOf: true, take: true, beat: true },
  ...{ commit: true, stamp: true, release: true, end: true, due: true, empty: true, postpone: true, sweep: true },
  ...{ note: true, noted: true, keys: true, addKey: true, resealKey: true, removeKey: true },
  ...{ peerKeys: true, keepPeerKeys: true, forgetPeersExcept: true },
} satisfies Record<keyof BrokerStore, true>);

/** `broker.store`, checked as far as no driver is needed. */
export function storeFrom(broker: OptionReader): NamedStore | BrokerStore | undefined {
  const store = broker.raw('store');
  if (store === undefined && broker.names.includes('store')) {
    broker.complain(
      'store',
      'is there, and undefined: leave it out for the default. Is an environment variable missing?',
    );
  }
  if (store === undefined) return undefined;
  if (typeof store === 'string' && store !== '') {
    const parsed = parseStoreUrl(store);
    if (!('problem' in parsed)) {
      return { adapter: parsed.adapter, url: store, packages: 'packages' in parsed ? parsed.packages : [] };
    }
    broker.complain('store', parsed.problem);
    return undefined;
  }
  const missing = missingVerbs(store);
  if (missing.length === 0) return store as BrokerStore;
  broker.complain(
    'store',
    missing.length < VERBS.length / 2
      ? `the store does not have ${missing.join(', ')}: this version needs every function that BrokerStore names.`
      : "expected a URL such as 'postgres://user:password@host/database', or a store such as new TypeOrmBrokerStore(dataSource).",
  );
  return undefined;
}

function missingVerbs(store: unknown): string[] {
  if (typeof store !== 'object' || store === null) return VERBS;
  return VERBS.filter((verb) => typeof Reflect.get(store, verb) !== 'function');
}

/** `broker.encryptionKey`; empty, where the default store brings its own. Never shown. */
export function encryptionKeysFrom(broker: OptionReader, store: NamedStore | BrokerStore | undefined): string[] {
  const given = broker.raw('encryptionKey');
  const keys: unknown[] = Array.isArray(given) ? given : [given];
  if (given !== undefined) {
    if (keys.length > 0 && keys.every((key) => typeof key === 'string' && key.length >= LEAST_KEY))
      return keys as string[];
    broker.complain(
      'encryptionKey',
      `expected a random string of at least ${LEAST_KEY} characters, or a list of them, the newest first: ${REMEDY_KEY}`,
    );
  } else if (broker.raw('store') === undefined && !broker.names.includes('encryptionKey')) {
    return [];
  } else if (isMemory(store)) {
    return [randomBytes(32).toString('base64')];
  } else {
    broker.complain('encryptionKey', `is missing: everything secret in the store is sealed under it: ${REMEDY_KEY}`);
  }
  return [];
}

/** Whether everything ends with the process. */
export function isMemory(store: NamedStore | BrokerStore | undefined): boolean {
  return store !== undefined && 'adapter' in store && store.adapter === 'memory';
}
