export { Broker, type BrokerEvent } from './broker.js';
export type { BrokerOptions } from './broker.options.js';
export type * from './broker.settings.js';
export type { ExchangeRequest } from './exchange.js';
export type * from './identity-provider.js';
export { MemoryBrokerStore } from './memory/memory.store.js';
export type * from './store.js';
export { carriedClaims } from './user-claims.js';
