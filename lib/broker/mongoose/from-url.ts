import { ConfigurationError } from '../../errors/index.js';
import type { BrokerStore } from '../store.js';
import { CollectionsStore, type CollectionsOptions } from './collections.store.js';
import { OwnLink } from './own-link.js';

/** Scheme, user and hosts; then a database, in which there is no `@`: it would be part of a password with a `/` in it. */
const WITH_DATABASE = /^mongodb(\+srv)?:\/\/[^/?]+\/[^/?@]+(\?|$)/i;

/**
 * A store over a connection of its own, made by `open()` and closed by `close()`.
 *
 * @throws {@link ConfigurationError} if the URL names no database; its sentence holds nothing of the URL
 */
export function mongooseStoreFromUrl(url: string, options: CollectionsOptions = {}): BrokerStore {
  if (!WITH_DATABASE.test(url)) {
    const expected = 'mongodb://user:password@host/database, user and password percent-encoded';
    throw new ConfigurationError([`broker.store: a MongoDB URL has to name a database: ${expected}`]);
  }
  return new CollectionsStore(new OwnLink(url), options);
}
