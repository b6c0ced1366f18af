import type { Connection } from 'mongoose';
import { ConfigurationError } from '../../errors/index.js';
import { CollectionsStore, type CollectionsOptions } from './collections.store.js';
import { GivenLink } from './link.js';

/** How {@link MongooseBrokerStore} names what it keeps. */
export type MongooseBrokerStoreOptions = CollectionsOptions;

/**
 * Keeps the broker's sessions and keys in MongoDB, over the application's own Mongoose connection, in four collections
 * `<prefix>sessions`, `<prefix>notes`, `<prefix>keys` and `<prefix>peers`, which it makes with their indexes.
 *
 * Nothing else in the database is touched, no model is registered, and the connection is never closed: whoever opened it
 * closes it. Its user needs the role `readWrite`. MongoDB 5 or later; a replica set, so that it outlives its servers.
 * Behind mongos, the machines' clocks have to agree, as MongoDB wants them to anyway.
 *
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
 * import type { Connection } from 'mongoose';
 * import { OidcAuthModule } from 'nestjs-oidc-auth';
 * import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
 *
 * @Module({
 *   imports: [
 *     MongooseModule.forRoot('mongodb://db.example.org/my-app'),
 *     OidcAuthModule.forRootAsync({
 *       inject: [getConnectionToken()],
 *       useFactory: (connection: Connection) => ({
 *         clientId: 'my-client',
 *         clientSecret: process.env.CLIENT_SECRET,
 *         discoveryUrl: 'https://idp.example.org/realms/demo/.well-known/openid-configuration',
 *         baseUrl: 'https://app.example.org',
 *         broker: {
 *           store: new MongooseBrokerStore(connection),
 *           encryptionKey: process.env.ENCRYPTION_KEY,
 *           audience: 'my-app',
 *         },
 *       }),
 *     }),
 *   ],
 * })
 * export class AppModule {}
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
