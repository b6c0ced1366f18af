import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { brokerMigrations, TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import type { BrokerStore } from '../../../lib/broker/store.js';
import { typeOrmStoreFromUrl } from '../../../lib/broker/typeorm/from-url.js';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { postgresEngine } from '../../support/databases.js';
import { freePort } from '../../support/loopback.js';
import {
  createMariaDatabase,
  describeMariaDb,
  dropMariaDatabase,
  mariaDbUrl,
  runOnMariaDb,
} from '../../support/mariadb.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** In every URL here; a sentence or an error that shows it has failed. */
const PASSWORD = `not-${randomBytes(8).toString('hex')}`;
const LIMITS = { statement: 2_000, script: 2_000 };

let store: BrokerStore;

afterEach(() => store.close());

async function failureOf(url: string): Promise<unknown> {
  store = typeOrmStoreFromUrl(url, { limits: LIMITS });
  const failure: unknown = await store.open().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toHaveProperty('message');
  expect(inspect(failure, { depth: Infinity, showHidden: true })).not.toContain(PASSWORD);
  return failure;
}

/** What an administrator is told. */
async function sentenceOf(url: string): Promise<string> {
  const failure = await failureOf(url);
  expect(failure).toBeInstanceOf(ConfigurationError);
  const [sentence = '', ...more] = (failure as ConfigurationError).problems;
  expect(more).toEqual([]);
  expect(sentence).toMatch(/^broker\.store: /);
  return sentence;
}

/** What counts as a database that cannot be reached at the moment. */
async function outageOf(url: string): Promise<unknown> {
  const failure = await failureOf(url);
  expect(failure).not.toBeInstanceOf(ConfigurationError);
  return failure;
}

describe('opening a store on PostgreSQL', () => {
  const { server, engine } = postgresEngine();
  let database: string;

  beforeAll(async () => {
    database = await server().createDatabase();
    await server().run(`create role app login password '${PASSWORD}'`);
  });

  it('with a wrong password: says that the login is refused', async () => {
    expect(await sentenceOf(server().url(database, `postgres:${PASSWORD}`))).toMatch(/refuses the login/);
  });

  it('without the password that it wants: says so', async () => {
    expect(await sentenceOf(server().url(database, 'postgres'))).toMatch(/wants a password|refuses the login/);
  });

  it('in a database that is not there: says so', async () => {
    expect(await sentenceOf(server().url('nowhere'))).toMatch(/no database of this name/);
  });

  it('with TLS, which the server does not offer: says so', async () => {
    expect(await sentenceOf(`${server().url(database)}?sslmode=require`)).toMatch(/offers no TLS/);
  });

  it('as a user who may not create tables: says what to grant, and goes on once an administrator has made them', async () => {
    const url = server().url(database, `app:${PASSWORD}`);
    await server().run('revoke create on schema public from public', database);
    expect(await sentenceOf(url)).toMatch(/may not create.*brokerMigrations\(\)/);

    const administrator = new DataSource({
      type: 'postgres',
      url: server().url(database),
      migrations: brokerMigrations(),
    });
    await administrator.initialize();
    await administrator.runMigrations();
    await administrator.destroy();
    await server().run('grant select, insert, update, delete on all tables in schema public to app', database);
    await expect(store.open()).resolves.toBeUndefined();
    await expect(store.addKey({ sequence: 1, sealed: 'sealed' })).resolves.toBe(true);
  });

  it('that cannot be reached: gives the error as it is, and opens later', async () => {
    const { url } = await engine.create();
    await server().down();
    expect(await outageOf(url)).toMatchObject({ code: 'ECONNREFUSED' });
    await expect(store.open()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(store.lives('any')).rejects.toThrow('not open');

    await server().up();
    await expect(store.open()).resolves.toBeUndefined();
    await expect(store.lives('any')).resolves.toBe(false);
  });

  it('whose name nobody knows: gives the error as it is', async () => {
    const failure = await outageOf(`postgres://app:${PASSWORD}@no-such-host.invalid/app`);
    expect((failure as { code: string }).code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it('that accepts connections and says nothing: gives up after connect_timeout', async () => {
    const proxy = await TcpProxy.to({ host: '127.0.0.1', port: server().port });
    await proxy.hang();
    try {
      const failure = await outageOf(`postgres://app:${PASSWORD}@${proxy.address}/app?connect_timeout=1`);
      expect(String(failure)).toMatch(/terminated|timeout/);
    } finally {
      await proxy.down();
    }
  });

  it('with options of the session: they have their effect', async () => {
    await server().run('create schema oidc', database);
    store = typeOrmStoreFromUrl(`${server().url(database)}?options=-c%20search_path%3Doidc&application_name=the%20app`);
    await store.open();
    const tables = await server().run(`select tablename from pg_tables where schemaname = 'oidc' order by 1`, database);
    expect(tables.map(({ tablename }) => tablename)).toEqual(
      ['keys', 'migrations', 'notes', 'peers', 'sessions'].map(prefixed),
    );
    const sessions = await server().run(`select application_name from pg_stat_activity where datname = '${database}'`);
    expect(sessions.map(({ application_name: name }) => name)).toContain('the app');
  });
});

describeMariaDb('opening a store on MariaDB', () => {
  let database: string;
  const user = `app_${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    database = await createMariaDatabase();
    await runOnMariaDb(
      `create user ${user} identified by '${PASSWORD}'; grant select, insert, update, delete on ${database}.* to ${user}`,
    );
  });

  afterAll(async () => {
    await runOnMariaDb(`drop user ${user}`);
    await dropMariaDatabase(database);
  });

  it('with a wrong password: says that the login is refused', async () => {
    expect(await sentenceOf(mariaDbUrl(database, `${user}:wrong-${PASSWORD}`))).toMatch(/refuses the login/);
  });

  it('in a database that is not there: says so', async () => {
    expect(await sentenceOf(mariaDbUrl('nowhere'))).toMatch(/no database of this name/);
  });

  it('in a database of others: says so', async () => {
    expect(await sentenceOf(mariaDbUrl('mysql', `${user}:${PASSWORD}`))).toMatch(/may not use this database/);
  });

  it('as a user who may not create tables: says what to grant, and goes on once an administrator has made them', async () => {
    expect(await sentenceOf(mariaDbUrl(database, `${user}:${PASSWORD}`))).toMatch(
      /may not create.*brokerMigrations\(\)/,
    );

    const administrator = typeOrmStoreFromUrl(mariaDbUrl(database));
    await administrator.open();
    await administrator.close();
    await expect(store.open()).resolves.toBeUndefined();
    await expect(store.addKey({ sequence: 1, sealed: 'sealed' })).resolves.toBe(true);
  });

  it('that cannot be reached: gives the error as it is', async () => {
    const failure = await outageOf(`mysql://app:${PASSWORD}@127.0.0.1:${await freePort()}/app`);
    expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('that accepts connections and says nothing: gives up after connect_timeout', async () => {
    const { hostname, port } = new URL(mariaDbUrl());
    const proxy = await TcpProxy.to({ host: hostname, port: Number(port) });
    await proxy.hang();
    try {
      const failure = await outageOf(`mysql://app:${PASSWORD}@${proxy.address}/app?connect_timeout=1`);
      expect(failure).toMatchObject({ code: 'ETIMEDOUT' });
    } finally {
      await proxy.down();
    }
  });

  it('with an unknown character set: says so', async () => {
    expect(await sentenceOf(`${mariaDbUrl(database)}?charset=klingon`)).toMatch(/charset/);
  });
});

describe('opening a store on SQLite', () => {
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await temporaryFolder();
  });

  afterAll(() => folder.remove());

  it('in a folder that is not there: names the folder, and tells three slashes from four', async () => {
    const sentence = await sentenceOf(`sqlite:///${folder.path}/missing/broker.db`);
    expect(sentence).toContain(join(folder.path, 'missing'));
    expect(sentence).toMatch(/three slashes .* four/);
    await expect(mkdir(join(folder.path, 'missing'))).resolves.toBeUndefined();
    await expect(store.open()).resolves.toBeUndefined();
  });

  it('in a file that is none of SQLite: says so, and leaves it as it is', async () => {
    await writeFile(join(folder.path, 'letter.txt'), 'Dear Sir or Madam, '.repeat(100));
    expect(await sentenceOf(`sqlite:///${folder.path}/letter.txt`)).toMatch(/no SQLite database/);
  });

  it('in a folder: says that it cannot be opened', async () => {
    await mkdir(join(folder.path, 'a-folder'));
    expect(await sentenceOf(`sqlite:///${folder.path}/a-folder`)).toMatch(/cannot be opened/);
  });
});

describe('a store on what is no DataSource that it knows', () => {
  it.each([undefined, null, {}, { options: { type: 'mssql' } }, { options: { type: 'toString' } }])(
    '%j: says which types there are',
    (dataSource) => {
      expect(() => new TypeOrmBrokerStore(dataSource as unknown as DataSource)).toThrow(
        /broker\.store: .*better-sqlite3, postgres, mysql, mariadb/,
      );
    },
  );
});

function prefixed(name: string): string {
  return `oidc_${name}`;
}
