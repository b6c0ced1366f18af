import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, open, readFile, rm } from 'node:fs/promises';
import { ConfigurationError } from '../../errors/index.js';
import { codeOf } from './retry.js';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/**
 * The key in a file, which is made if it is not there. Processes that start at the same moment end with one key: a file
 * gets its name only when it is complete, and only if there is none.
 *
 * @returns 32 random bytes in base64
 * @throws {@link ConfigurationError} if the file holds something else
 */
export async function keyFromFile(file: string): Promise<string> {
  const known = await read(file);
  if (known !== undefined) return known;
  const draft = `${file}.${randomUUID()}`;
  try {
    await write(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await read(file)) ?? keyFromFile(file);
}

async function read(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (Buffer.from(text, 'base64').length !== KEY_BYTES || !/^[A-Za-z\d+/]+=$/.test(text)) {
    throw new ConfigurationError([
      `broker.store: ${file} holds no encryption key any more: restore it from a backup. Without it nobody can read the sessions beside it; to give them up, delete this file and the database.`,
    ]);
  }
  // a backup may have given it back to everybody
  await chmod(file, OWNER_ONLY);
  return text;
}

/** Complete on the disk before anybody can find it. */
async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', OWNER_ONLY);
  try {
    await handle.chmod(OWNER_ONLY);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
