import type { BrokerStore } from 'nestjs-oidc-auth';
import type { DataSource } from 'typeorm';
import type { StoreConfig } from './protocol.js';

const SQLITE = 'sqlite:///';

/** A store as the module makes it of the same URL, and the connection of a SQLite file, for what a test does to it. */
export interface OpenedStore {
  readonly store: BrokerStore;
  pragma(source: string): void;
}

/** Loads what it needs and nothing else: tests start many processes. */
export async function storeFrom({ url, tablePrefix = 'oidc_' }: StoreConfig): Promise<OpenedStore> {
  if (url.startsWith('mongodb')) {
    const { mongooseStoreFromUrl } = await import('../../../lib/broker/mongoose/from-url.js');
    return { store: mongooseStoreFromUrl(url, { collectionPrefix: tablePrefix }), pragma: noPragma };
  }
  if (url.startsWith(SQLITE)) return sqliteStore(url.slice(SQLITE.length), tablePrefix);
  const { typeOrmStoreFromUrl } = await import('../../../lib/broker/typeorm/from-url.js');
  return { store: typeOrmStoreFromUrl(url, { tablePrefix }), pragma: noPragma };
}

async function sqliteStore(file: string, prefix: string): Promise<OpenedStore> {
  const { storeOn } = await import('../../../lib/broker/typeorm/from-url.js');
  const { openSqliteFile } = await import('../../../lib/broker/typeorm/open-sqlite.js');
  let opened: DataSource | undefined;
  const open = async () => (opened = await openSqliteFile(file));
  return {
    store: storeOn(open, { prefix, migrate: true }),
    pragma(source) {
      const { databaseConnection } = opened?.driver as unknown as {
        databaseConnection: { pragma(text: string): void };
      };
      databaseConnection.pragma(source);
    },
  };
}

function noPragma(): never {
  throw new Error('This store is no SQLite file.');
}
