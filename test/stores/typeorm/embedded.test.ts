import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dataDirectory } from '../../../lib/broker/typeorm/data-directory.js';
import { embeddedStore } from '../../../lib/broker/typeorm/embedded.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { newSession } from './sessions.js';

const CLIENT = { issuer: 'https://idp.example.org/realms/demo', clientId: 'my-client' };

describe('the store of an application that names none', () => {
  const before = process.env.XDG_DATA_HOME;
  let folder: TemporaryFolder;

  beforeEach(async () => {
    folder = await temporaryFolder();
    process.env.XDG_DATA_HOME = folder.path;
  });

  afterEach(async () => {
    if (before === undefined) delete process.env.XDG_DATA_HOME;
    else process.env.XDG_DATA_HOME = before;
    await folder.remove();
  });

  it('is a file in the data directory, and its key beside it, for its owner alone', async () => {
    const { store, path, encryptionKey } = await embeddedStore(CLIENT);
    await store.open();
    await store.insert(newSession());
    try {
      expect(relative(folder.path, path)).toMatch(
        /^nestjs-oidc-auth\/idp-example-org-realms-demo-my-client-[\da-f]{12}\/broker\.sqlite$/,
      );
      const mode = async (name: string) => ((await stat(join(dirname(path), name))).mode & 0o777).toString(8);
      await expect(mode('.')).resolves.toBe('700');
      for (const name of await readdir(dirname(path))) await expect(mode(name)).resolves.toBe('600');
      await expect(readdir(dirname(path))).resolves.toEqual(expect.arrayContaining(['broker.key', 'broker.sqlite']));
      expect(Buffer.from(encryptionKey, 'base64')).toHaveLength(32);
      await expect(readFile(join(dirname(path), 'broker.key'), 'utf8')).resolves.toBe(`${encryptionKey}\n`);
    } finally {
      await store.close();
    }
  });

  it('is the same one after a restart', async () => {
    const session = newSession();
    const first = await embeddedStore(CLIENT);
    await first.store.open();
    await first.store.insert(session);
    await first.store.close();

    const second = await embeddedStore(CLIENT);
    await second.store.open();
    expect(second.encryptionKey).toBe(first.encryptionKey);
    await expect(second.store.lives(session.id)).resolves.toBe(true);
    await second.store.close();
  });

  it('is another one for another issuer or client, however little they differ', async () => {
    const clients = [
      CLIENT,
      { ...CLIENT, clientId: 'My-Client' },
      { ...CLIENT, clientId: 'my.client' },
      { ...CLIENT, issuer: `${CLIENT.issuer}/` },
      { issuer: `${CLIENT.issuer}-my`, clientId: 'client' },
      { ...CLIENT, clientId: '../../../../escape' },
      { ...CLIENT, clientId: 'x'.repeat(400) },
      { issuer: 'https://идп.example', clientId: '…' },
    ];
    const stores = await Promise.all(clients.map((client) => embeddedStore(client)));
    expect(new Set(stores.map(({ path }) => path)).size).toBe(clients.length);
    expect(new Set(stores.map(({ encryptionKey }) => encryptionKey)).size).toBe(clients.length);
    for (const { path } of stores) expect(dirname(dirname(path))).toBe(join(folder.path, 'nestjs-oidc-auth'));
  });

  it('has one key, however many ask for it at the same moment, and leaves nothing else behind', async () => {
    const stores = await Promise.all(Array.from({ length: 50 }, () => embeddedStore(CLIENT)));
    expect(new Set(stores.map(({ encryptionKey }) => encryptionKey)).size).toBe(1);
    await expect(readdir(dirname(stores[0]?.path ?? ''))).resolves.toEqual(['broker.key']);
  });

  it.each(['', 'garbage', 'AAAA', `${'A'.repeat(43)}=${'A'.repeat(43)}=`])(
    'is refused if its key file holds %j, which is left as it is',
    async (content) => {
      const { path } = await embeddedStore(CLIENT);
      const key = join(dirname(path), 'broker.key');
      await writeFile(key, content);
      await expect(embeddedStore(CLIENT)).rejects.toThrow(
        /^.*\n.*broker\.store: .*broker\.key holds no encryption key/,
      );
      await expect(readFile(key, 'utf8')).resolves.toBe(content);
    },
  );

  it('takes its key file back from everybody', async () => {
    const { path, encryptionKey } = await embeddedStore(CLIENT);
    await chmod(join(dirname(path), 'broker.key'), 0o644);
    await expect(embeddedStore(CLIENT)).resolves.toMatchObject({ encryptionKey });
    expect((await stat(join(dirname(path), 'broker.key'))).mode & 0o777).toBe(0o600);
  });

  it('is refused, with what to set, if the data directory cannot be used', async () => {
    process.env.XDG_DATA_HOME = join(folder.path, 'a-file');
    await writeFile(process.env.XDG_DATA_HOME, '');
    await expect(embeddedStore(CLIENT)).rejects.toThrow(
      /broker\.store: the folder .* cannot be used \(ENOTDIR\).*XDG_DATA_HOME/,
    );
  });
});

describe('the data directory', () => {
  it.each([
    ['linux', { XDG_DATA_HOME: '/data' }, '/data'],
    ['linux', {}, join(homedir(), '.local/share')],
    ['linux', { XDG_DATA_HOME: '' }, join(homedir(), '.local/share')],
    ['linux', { XDG_DATA_HOME: 'relative' }, join(homedir(), '.local/share')],
    ['freebsd', {}, join(homedir(), '.local/share')],
    ['darwin', { XDG_DATA_HOME: '/data' }, join(homedir(), 'Library/Application Support')],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\a\\AppData\\Local' }, 'C:\\Users\\a\\AppData\\Local'],
    ['win32', {}, join(homedir(), 'AppData/Local')],
  ] as const)('on %s with %j is %s', (platform, env, directory) => {
    expect(dataDirectory(platform, env)).toBe(directory);
  });
});
