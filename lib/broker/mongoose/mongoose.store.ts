import type { Connection } from 'mongoose';
import { ConfigurationError } from '../../errors/index.js';
import { CollectionsStore, type CollectionsOptions } from './collections.store.js';
import { GivenLink } from './link.js';

/** How {@link MongooseBrokerStore} names what it keeps. */
export type MongooseBrokerStoreOptions = CollectionsOptions;

/**
 * Keeps the broker's sessions and signing keys in MongoDB, over the application's own Mongoose connection, in three
 * collections `<prefix>sessions`, `<prefix>notes` and `<prefix>keys` with their indexes.
 *
 * Nothing else in the database is touched, no model is registered, and the connection is never closed: what opened it
 * closes it. Its user needs the role `readWrite`. MongoDB 5 or later. A replica set, for a single server alone loses
 * nothing but has no failover; behind mongos, the clocks of its machines have to agree, as MongoDB itself wants.
 *
 * @example
 * ```ts
 * import { getConnectionToken } from '@nestjs/mongoose';
 * import type { Connection } from 'mongoose';
 * import { OidcAuthModule } from 'nestjs-oidc-auth';
 * import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
 *
 * OidcAuthModule.forRootAsync({
 *   inject: [getConnectionToken()],
 *   useFactory: (connection: Connection) => ({ broker: { store: new MongooseBrokerStore(connection) } }),
 * });
 * ```
 */
export class MongooseBrokerStore extends CollectionsStore {
  /**
   * @param connection connected, or about to be
   * @throws {@link ConfigurationError} if it is no connection, or collections cannot be named with the prefix
   */
  constructor(connection: Connection, options: MongooseBrokerStoreOptions = {}) {
    if (!isConnection(connection)) {
      throw new ConfigurationError(['broker.store: MongooseBrokerStore expects a Connection of Mongoose']);
    }
    super(new GivenLink(connection), options);
  }
}

/** Whatever Mongoose it is of: an application may have another version than this package sees. */
function isConnection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'asPromise' in value && typeof value.asPromise === 'function';
}
