import { MemoryBrokerStore, type BrokerStore } from '../../../../lib/broker/index.js';

/** A store in memory of which single verbs can fail, as those of a database do that goes away. */
export class UnreliableStore {
  /** The verbs that fail now. */
  readonly failing = new Set<keyof BrokerStore>();
  /** For the option `broker.store`. */
  readonly store: BrokerStore;

  constructor() {
    this.store = new Proxy(new MemoryBrokerStore(), {
      get: (memory, name: keyof BrokerStore) => {
        const verb: unknown = Reflect.get(memory, name);
        if (typeof verb !== 'function') return verb;
        return (...values: unknown[]) =>
          this.failing.has(name)
            ? Promise.reject(new Error(`${name} fails`))
            : (Reflect.apply(verb, memory, values) as unknown);
      },
    });
  }
}
