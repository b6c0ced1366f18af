import { createHash } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../errors/index.js';
import type { BrokerStore } from '../store.js';
import { dataDirectory } from './data-directory.js';
import { storeOn } from './from-url.js';
import { keyFromFile } from './key-file.js';
import { openSqliteFile } from './open-sqlite.js';
import { codeOf } from './retry.js';
import { DEFAULT_PREFIX } from './tables.js';

export interface EmbeddedStore {
  store: BrokerStore;
  /** Made for this store, and kept beside it. */
  encryptionKey: string;
  /** The database's file. */
  path: string;
}

const OWNER_ONLY = 0o700;

/**
 * The store of applications that name none: a file of SQLite in the platform's data directory, one for each issuer and
 * client, and its encryption key beside it.
 *
 * @throws {@link ConfigurationError} if the data directory cannot be written, or the key's file holds no key
 */
export async function embeddedStore({
  issuer,
  clientId,
}: {
  issuer: string;
  clientId: string;
}): Promise<EmbeddedStore> {
  const folder = join(dataDirectory(), 'nestjs-oidc-auth', folderName(issuer, clientId));
  try {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
    await chmod(folder, OWNER_ONLY);
    const encryptionKey = await keyFromFile(join(folder, 'broker.key'));
    const path = join(folder, 'broker.sqlite');
    const store = storeOn(() => openSqliteFile(path), { prefix: DEFAULT_PREFIX, migrate: true });
    return { store, encryptionKey, path };
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError([
      `broker.store: the folder ${folder} cannot be used (${codeOf(error) || 'unknown error'}): set broker.store to the URL of a database, or XDG_DATA_HOME to a folder that can be written.`,
    ]);
  }
}

/** Readable, and different for what differs: names are cut, and some file systems know no upper case. */
function folderName(issuer: string, clientId: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, clientId]))
    .digest('hex')
    .slice(0, 12);
  const readable = `${issuer.replace(/^\w+:\/\//, '')}-${clientId}`.toLowerCase().replace(/[^a-z\d]+/g, '-');
  return `${readable.replace(/^-+/, '').slice(0, 80)}-${digest}`.replace(/^-+/, '');
}
