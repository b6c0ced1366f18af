import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource } from 'typeorm';
import type { BrokerStore } from '../../../lib/broker/store.js';
import { typeOrmStoreFromUrl } from '../../../lib/broker/typeorm/from-url.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { newSession } from './sessions.js';
import { LockingProcess } from './store-process.js';

let folder: TemporaryFolder;
let file: string;
const opened: (BrokerStore | DataSource)[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, 'broker.sqlite');
});

afterEach(async () => {
  for (const one of opened.splice(0)) await ('close' in one ? one.close() : one.destroy());
  await folder.remove();
});

async function openStore(limits?: { statement: number; script: number }): Promise<BrokerStore> {
  const store = typeOrmStoreFromUrl(`sqlite:///${file}`, { limits });
  opened.push(store);
  await store.open();
  return store;
}

async function modes(): Promise<Record<string, string>> {
  const names = await readdir(folder.path);
  const found = await Promise.all(names.map(async (name) => (await stat(join(folder.path, name))).mode & 0o777));
  return Object.fromEntries(names.map((name, index) => [name, (found[index] ?? 0).toString(8)]));
}

describe('the file of a store by URL', () => {
  it.each([0o000, 0o022, 0o177, 0o777])('is for its owner alone, with umask %i', async (mask) => {
    const before = process.umask(mask);
    try {
      const store = await openStore();
      await store.insert(newSession());
      await expect(modes()).resolves.toEqual({
        'broker.sqlite': '600',
        'broker.sqlite-wal': '600',
        'broker.sqlite-shm': '600',
      });
    } finally {
      process.umask(before);
    }
  });

  it('keeps its mode, if it is there already', async () => {
    await writeFile(file, '');
    await chmod(file, 0o640);
    await openStore();
    await expect(modes()).resolves.toMatchObject({ 'broker.sqlite': '640', 'broker.sqlite-wal': '640' });
  });

  it('is all that is left when the store is closed, and holds everything', async () => {
    const session = newSession();
    const store = await openStore();
    await store.insert(session);
    await store.close();
    await expect(readdir(folder.path)).resolves.toEqual(['broker.sqlite']);
    await expect(store.lives(session.id)).rejects.toThrow('not open');

    await store.open();
    await expect(store.lives(session.id)).resolves.toBe(true);
  });
});

describe('a file that another process has locked', () => {
  it('is waited for, while the event loop goes on', async () => {
    const store = await openStore();
    const session = newSession();
    const lock = await LockingProcess.on(file);
    try {
      let inserted = false;
      const insertion = store.insert(session).then(() => (inserted = true));
      // reads are free meanwhile
      for (let round = 0; round < 100; round += 1) {
        await expect(store.lives(session.id)).resolves.toBe(false);
        await turn();
      }
      expect(inserted).toBe(false);
      await lock.release();
      await expect(insertion).resolves.toBe(true);
      await expect(store.lives(session.id)).resolves.toBe(true);
    } finally {
      await lock.end();
    }
  });

  it('is waited for when the store is opened', async () => {
    new Database(file).exec('create table something (id)').close();
    const lock = await LockingProcess.on(file);
    try {
      const opening = openStore();
      for (let round = 0; round < 100; round += 1) await turn();
      await lock.release();
      await expect(opening).resolves.toBeDefined();
    } finally {
      await lock.end();
    }
  });

  it('is waited for no longer than a statement may take, and then nothing was done', async () => {
    const store = await openStore({ statement: 30, script: 1_000 });
    const session = newSession();
    const lock = await LockingProcess.on(file);
    try {
      await expect(store.insert(session)).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
      await lock.release();
      await expect(store.read(session.id)).resolves.toBeUndefined();
      await expect(store.insert(session)).resolves.toBeUndefined();
    } finally {
      await lock.end();
    }
  });
});

describe('a database that cannot be written', () => {
  it('gives what it holds, and fails to change it', async () => {
    const session = newSession();
    await (await openStore()).insert(session);
    const store = await openReadOnly();
    await store.open();

    await expect(store.lives(session.id)).resolves.toBe(true);
    await expect(store.end(session.id, 'logout')).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
    await expect(store.lives(session.id)).resolves.toBe(true);
  });

  it('cannot be opened if the tables are still to be made, and says so', async () => {
    new Database(file).exec('create table something (id)').close();
    const store = await openReadOnly();
    await expect(store.open()).rejects.toThrow(/broker\.store: the SQLite file cannot be written/);
  });

  async function openReadOnly(): Promise<TypeOrmBrokerStore> {
    const dataSource = await new DataSource({ type: 'better-sqlite3', database: file, readonly: true }).initialize();
    opened.push(dataSource);
    return new TypeOrmBrokerStore(dataSource);
  }
});

it('a disk that is full fails the change as a whole, and is good again when there is room', async () => {
  const dataSource = await new DataSource({ type: 'better-sqlite3', database: file }).initialize();
  opened.push(dataSource);
  const store = new TypeOrmBrokerStore(dataSource);
  await store.open();
  const session = newSession({ sealed: 'small' });
  await store.insert(session);
  await dataSource.query(`pragma max_page_count = 1`);

  const large = { sealed: 'x'.repeat(200_000), lifetime: 60_000, handed: true };
  await expect(store.commit(session.id, 1, large)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
  await expect(store.insert(newSession({ sealed: large.sealed }))).rejects.toMatchObject({ code: 'SQLITE_FULL' });
  await expect(store.read(session.id)).resolves.toMatchObject({ row: { generation: 1, sealed: 'small' } });

  await dataSource.query(`pragma max_page_count = 100000`);
  await expect(store.commit(session.id, 1, large)).resolves.toBe(true);
  await expect(store.read(session.id)).resolves.toMatchObject({ row: { generation: 2, sealed: large.sealed } });
});
