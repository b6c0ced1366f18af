import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../../errors/index.js';
import type { BrokerStore } from '../store.js';
import { parseStoreUrl } from '../store-url.js';
import type { ServerUrl } from '../store-url.server.js';
import type { SqliteUrl } from '../store-url.sqlite.js';
import { openServer } from './open-server.js';
import { openSqliteFile } from './open-sqlite.js';
import { SqlBrokerStore, type Source, type SqlStoreSettings } from './sql.store.js';
import { checkedPrefix, DEFAULT_PREFIX } from './tables.js';

export interface UrlStoreOptions {
  /** See {@link TypeOrmBrokerStoreOptions.tablePrefix}. */
  tablePrefix?: string;
  /** For tests. */
  limits?: SqlStoreSettings['limits'];
}

/**
 * A store on a database of its own, which it connects to when it is opened and leaves when it is closed.
 *
 * @param url the URL, or what {@link parseStoreUrl} read in it
 * @throws {@link ConfigurationError} if the URL names no database that TypeORM is used for
 */
export function typeOrmStoreFromUrl(
  url: string | SqliteUrl | ServerUrl,
  { tablePrefix = DEFAULT_PREFIX, limits }: UrlStoreOptions = {},
): BrokerStore {
  const target = typeof url === 'string' ? parseStoreUrl(url) : url;
  if ('problem' in target) throw new ConfigurationError([`broker.store: ${target.problem}`]);
  if (target.adapter !== 'typeorm') throw new ConfigurationError(['broker.store: TypeORM is not used for this URL.']);
  const open = () => (target.engine === 'sqlite' ? openSqliteFile(target.file) : openServer(target));
  return storeOn(open, { prefix: checkedPrefix(tablePrefix), migrate: true, limits });
}

/** @param open makes and initialises a DataSource; every attempt has a new one */
export function storeOn(open: () => Promise<DataSource>, settings: SqlStoreSettings): BrokerStore {
  return new SqlBrokerStore(owned(open), settings);
}

function owned(open: () => Promise<DataSource>): Source {
  let current: DataSource | undefined;
  return {
    own: true,
    async obtain() {
      current = await open();
      return current;
    },
    async release() {
      const dataSource = current;
      current = undefined;
      if (!dataSource?.isInitialized) return;
      // what fails to close here is a connection that is broken already
      await dataSource.destroy().catch(() => undefined);
    },
  };
}
