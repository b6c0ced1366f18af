import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DataSource } from 'typeorm';
import { ConfigurationError } from '../../errors/index.js';
import { codeOf, retried } from './retry.js';
import { isBusy } from './sqlite.js';

/** How long the event loop may stand still for a lock, in milliseconds: the rest of the wait leaves it free. */
const BUSY_TIMEOUT = 4;
/** Attempts at what takes the whole file for a moment. */
const ATTEMPTS = 500;
const OWNER_ONLY = 0o600;

interface Pragmas {
  pragma(source: string, options: { simple: true }): unknown;
}

/**
 * Opens a file of SQLite, and makes it if it is not there: nobody but its owner may read it.
 *
 * @param path relative to the working directory, or absolute
 * @throws {@link ConfigurationError} if its folder is not there; else what the driver throws
 */
export async function openSqliteFile(path: string): Promise<DataSource> {
  const file = resolve(path);
  const dataSource = new DataSource({ type: 'better-sqlite3', database: file, timeout: BUSY_TIMEOUT, logging: false });
  await checkFolder(path, file);
  await create(file);
  await dataSource.initialize();
  try {
    const { databaseConnection } = dataSource.driver as unknown as { databaseConnection: Pragmas };
    const set = (pragma: string) =>
      retried(async () => databaseConnection.pragma(pragma, { simple: true }), isBusy, ATTEMPTS);
    const mode = await set('journal_mode = wal');
    await set(`synchronous = ${mode === 'wal' ? 'normal' : 'full'}`);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

async function checkFolder(path: string, file: string): Promise<void> {
  const folder = dirname(file);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new ConfigurationError([
    `broker.store: the folder ${folder} of the SQLite file is not there: create it, or correct the URL, in which ` +
      `three slashes (sqlite:///${path.replace(/^\/+/, '')}) begin at the working directory and four at the root.`,
  ]);
}

/** SQLite gives the files beside it the same mode. */
async function create(file: string): Promise<void> {
  try {
    const handle = await open(file, 'wx', OWNER_ONLY);
    try {
      // whatever the umask took away
      await handle.chmod(OWNER_ONLY);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
