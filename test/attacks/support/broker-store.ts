import { MemoryBrokerStore } from '../../../lib/broker/memory/memory.store.js';
import { openSigningKey, type SigningKey } from '../../../lib/broker/signing-key.js';
import type { BrokerStore } from '../../../lib/broker/store.js';
import { Vault } from '../../../lib/broker/vault.js';
import { MovedClock } from './bearer-target.js';

/** A store in memory that counts what is asked of it, and whose clock tests move. */
export interface WatchedStore {
  /** For the option `broker.store`. */
  readonly store: MemoryBrokerStore;
  readonly clock: MovedClock;
  /** The verbs that were called, in order. */
  readonly calls: string[];
}

export function watchedStore(): WatchedStore {
  const clock = new MovedClock();
  const calls: string[] = [];
  const store = new Proxy(new MemoryBrokerStore(clock.now), {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name);
      if (typeof verb !== 'function') return verb;
      return (...args: unknown[]): unknown => {
        calls.push(String(name));
        return Reflect.apply(verb, target, args);
      };
    },
  });
  return { store, clock, calls };
}

/** The signing keys of a broker with all that is secret about them, for tokens that nobody but the broker can make. */
export async function signingKeysIn(store: BrokerStore, encryptionKey: string): Promise<SigningKey[]> {
  const vault = new Vault([encryptionKey]);
  return Promise.all((await store.keys()).map((key) => openSigningKey(key, vault)));
}
