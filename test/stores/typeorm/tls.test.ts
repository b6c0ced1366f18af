import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokerStore } from '../../../lib/broker/store.js';
import { typeOrmStoreFromUrl } from '../../../lib/broker/typeorm/from-url.js';
import { selfSigned } from '../../faults/certificate.js';
import { postgresEngine } from '../../support/databases.js';
import {
  createMariaDatabase,
  describeMariaDb,
  dropMariaDatabase,
  mariaDbUrl,
  runOnMariaDb,
} from '../../support/mariadb.js';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.js';

let store: BrokerStore | undefined;

afterEach(() => store?.close());

async function open(url: string): Promise<void> {
  store = typeOrmStoreFromUrl(url);
  await store.open();
}

describe('TLS to PostgreSQL', () => {
  const { server } = postgresEngine();
  let folder: TemporaryFolder;
  let url: string;
  let database: string;
  const file = (name: string) => join(folder.path, name);

  beforeAll(async () => {
    folder = await temporaryFolder();
    const [right, elsewhere, stranger] = [selfSigned(), selfSigned({ address: '127.0.0.2' }), selfSigned()];
    await writeFile(file('ca.pem'), right.cert);
    await writeFile(file('elsewhere.pem'), elsewhere.cert);
    await writeFile(file('stranger.pem'), stranger.cert);
    await server().configure("ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'", {
      'server.crt': right.cert,
      'server.key': right.key,
    });
    await server().down();
    await server().up();
    database = await server().createDatabase();
    url = server().url(database);
  });

  afterAll(() => folder.remove());

  async function isEncrypted(): Promise<boolean> {
    const rows = await server().run(
      `select ssl from pg_stat_ssl join pg_stat_activity using (pid) where datname = '${database}' and pid <> pg_backend_pid()`,
    );
    return rows.length > 0 && rows.every(({ ssl }) => ssl === true);
  }

  it.each([
    'sslmode=require',
    'ssl=require',
    'sslmode=require&sslrootcert=ca.pem',
    'sslmode=verify-ca&sslrootcert=ca.pem',
    'sslmode=verify-full&sslrootcert=ca.pem',
    'sslrootcert=ca.pem',
  ])('%s: is there', async (query) => {
    await open(`${url}?${query.replace('ca.pem', encodeURIComponent(file('ca.pem')))}`);
    await expect(isEncrypted()).resolves.toBe(true);
  });

  it.each(['', '?sslmode=disable', '?ssl=false'])('%s: is not there', async (query) => {
    await open(url + query);
    await expect(isEncrypted()).resolves.toBe(false);
  });

  it.each([
    'ssl=true',
    'sslmode=verify-full',
    'sslmode=verify-ca&sslrootcert=stranger.pem',
    'sslmode=require&sslrootcert=stranger.pem',
    'sslrootcert=stranger.pem',
  ])('%s: a certificate of somebody else is refused, with the remedy', async (query) => {
    const attempt = open(`${url}?${query.replace('stranger.pem', encodeURIComponent(file('stranger.pem')))}`);
    await expect(attempt).rejects.toThrow(
      /broker\.store: the certificate of the database server cannot be verified.*sslrootcert/,
    );
  });

  it('looks at the name in the certificate only with verify-full', async () => {
    const byName = `${url.replace('127.0.0.1', 'localhost')}?sslrootcert=${encodeURIComponent(file('ca.pem'))}`;
    await expect(open(`${byName}&sslmode=verify-full`)).rejects.toThrow(/cannot be verified/);
    await store?.close();
    await open(`${byName}&sslmode=verify-ca`);
    await expect(isEncrypted()).resolves.toBe(true);
  });

  it('names a certificate file that cannot be read', async () => {
    await expect(open(`${url}?sslrootcert=${file('nothing.pem')}`)).rejects.toThrow(
      /broker\.store: .*nothing\.pem cannot be read/,
    );
  });

  it('names the TLS that the server wants, where it lets nobody in without', async () => {
    server().limitAccess('hostssl all all 127.0.0.1/32 scram-sha-256');
    await server().down();
    await server().up();
    await expect(open(url)).rejects.toThrow(/broker\.store: .*TLS \(sslmode=require\)/);
    await store?.close();
    await expect(open(`${url}?sslmode=require`)).resolves.toBeUndefined();
  });
});

describeMariaDb('TLS to MariaDB', () => {
  let database: string;

  beforeAll(async () => {
    database = await createMariaDatabase();
  });

  afterAll(() => dropMariaDatabase(database));

  async function openedConnections(): Promise<number> {
    const rows = await runOnMariaDb(`show global status like 'Ssl_accepts'`);
    return Number(rows[0]?.Value);
  }

  it.each(['sslmode=require', 'ssl_mode=REQUIRED'])('%s: is there', async (query) => {
    const before = await openedConnections();
    await open(`${mariaDbUrl(database)}?${query}`);
    await expect(openedConnections()).resolves.toBeGreaterThan(before);
  });

  it('is not there unless it is asked for', async () => {
    const before = await openedConnections();
    await open(mariaDbUrl(database));
    await expect(openedConnections()).resolves.toBe(before);
  });

  it.each(['ssl=true', 'ssl_mode=VERIFY_CA', 'sslmode=verify-full'])(
    '%s: a certificate of somebody else is refused, with the remedy',
    async (query) => {
      await expect(open(`${mariaDbUrl(database)}?${query}`)).rejects.toThrow(
        /broker\.store: the certificate of the database server cannot be verified.*ssl_ca/,
      );
    },
  );
});
