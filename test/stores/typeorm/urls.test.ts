import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseStoreUrl } from '../../../lib/broker/store-url.js';

/** What is in the URLs of these tests, and must be in no sentence. */
const SECRETS = ['alice', 'hunter2'];

function problemOf(url: string): string {
  const parsed = parseStoreUrl(url);
  if (!('problem' in parsed)) throw new Error(`${url} is accepted`);
  for (const secret of SECRETS) expect(parsed.problem).not.toContain(secret);
  return parsed.problem;
}

describe('which adapter a URL belongs to', () => {
  it.each(['memory:', 'memory://', 'MEMORY:'])('%s is the store in memory', (url) => {
    expect(parseStoreUrl(url)).toEqual({ adapter: 'memory' });
  });

  it.each(['mongodb://host/db', 'mongodb+srv://u:p@host/db?retryWrites=true'])(
    '%s is for Mongoose, as it is',
    (url) => {
      expect(parseStoreUrl(url)).toEqual({ adapter: 'mongoose', url });
    },
  );

  it.each([
    ['postgres', 'postgres'],
    ['postgresql', 'postgres'],
    ['postgresql+asyncpg', 'postgres'],
    ['postgresql+psycopg2', 'postgres'],
    ['postgres+psycopg_async', 'postgres'],
    ['PostgreSQL', 'postgres'],
    ['mysql', 'mysql'],
    ['mysql+aiomysql', 'mysql'],
    ['mysql+pymysql', 'mysql'],
    ['mariadb', 'mariadb'],
    ['mariadb+mariadbconnector', 'mariadb'],
  ])('%s:// is %s', (scheme, engine) => {
    expect(parseStoreUrl(`${scheme}://u:p@db.example.org:4711/app`)).toMatchObject({
      adapter: 'typeorm',
      engine,
      host: 'db.example.org',
      port: 4711,
      user: 'u',
      password: 'p',
      database: 'app',
    });
  });

  it('says which packages it needs', () => {
    expect(parseStoreUrl('postgres://h/d')).toMatchObject({ packages: ['typeorm', 'pg'] });
    expect(parseStoreUrl('mariadb://h/d')).toMatchObject({ packages: ['typeorm', 'mysql2'] });
    expect(parseStoreUrl('sqlite:///d')).toMatchObject({ packages: ['typeorm', 'better-sqlite3'] });
  });
});

describe('the URL of a server', () => {
  it.each([
    ['u:p%40ss%2Fword%25@h/d', 'p@ss/word%'],
    ['u:a/b?c#d:e@h/d', 'a/b?c#d:e'],
    ['u:@h/d', ''],
    ['u@h/d', undefined],
    [':p@h/d', 'p'],
  ])('%s: the password is %s', (place, password) => {
    expect(parseStoreUrl(`postgres://${place}`)).toMatchObject({ host: 'h', database: 'd', password });
  });

  it.each([
    ['h/d', 'h'],
    ['/d', 'localhost'],
    ['127.0.0.1:5432/d', '127.0.0.1'],
    ['[2001:db8::1]:5432/d', '2001:db8::1'],
    ['u:p@my_db-1.internal./d', 'my_db-1.internal.'],
  ])('%s: the host is %s', (place, host) => {
    expect(parseStoreUrl(`postgres://${place}`)).toMatchObject({ host, database: 'd' });
  });

  it.each([
    ['postgres://alice:hunter2@h', /names no database/],
    ['postgres://alice:hunter2@h/', /names no database/],
    ['postgres://alice:hunter2@h1,h2/d', /several hosts/],
    ['postgres://alice:hunter2@h:port/d', /port/],
    ['postgres://alice:hunter2@h:0/d', /port/],
    ['postgres://alice:hunter2@h:65536/d', /port/],
    ['postgres://alice:hunter2@@h/d', /percent-encode.*%40/],
    ['postgres://alice:p@hunter2@h/d', /percent-encode.*%40/],
    ['postgres://alice:hunter2%zz@h/d', /%25/],
    ['postgres://alice:hunter2@h/a/b', /percent-encode|database/],
    ['postgres://alice:hunter2@h d/d', /host/],
    ['postgres:alice:hunter2@h/d', /expected a URL/],
    ['alice:hunter2@h/d', /expected a URL/],
    ['oracle://alice:hunter2@h/d', /no store for oracle:\/\//],
    ['', /expected a URL/],
  ])('%s is refused, without a word of what is secret in it', (url, reason) => {
    expect(problemOf(url)).toMatch(reason);
  });
});

describe('the parameters of a URL', () => {
  it.each([
    ['postgres://h/d', { mode: 'off' }],
    ['postgres://h/d?sslmode=disable', { mode: 'off' }],
    ['postgres://h/d?sslmode=require', { mode: 'encrypt' }],
    ['postgres://h/d?ssl=require', { mode: 'encrypt' }],
    ['postgres://h/d?sslmode=require&sslrootcert=/ca.pem', { mode: 'chain', ca: '/ca.pem' }],
    ['postgres://h/d?sslmode=verify-ca', { mode: 'chain' }],
    ['postgres://h/d?SSLMODE=verify-full', { mode: 'full' }],
    ['postgres://h/d?ssl=true', { mode: 'full' }],
    ['postgres://h/d?sslrootcert=%2Fmy%20ca.pem', { mode: 'full', ca: '/my ca.pem' }],
    ['postgres://h/d?sslmode=verify-full&sslcert=c&sslkey=k', { mode: 'full', cert: 'c', key: 'k' }],
    ['mysql://h/d?ssl_mode=REQUIRED', { mode: 'encrypt' }],
    ['mysql://h/d?ssl-mode=VERIFY_IDENTITY&ssl_ca=ca', { mode: 'full', ca: 'ca' }],
    ['mysql://h/d?ssl=false', { mode: 'off' }],
  ])('%s: TLS is %j', (url, tls) => {
    expect(parseStoreUrl(url)).toMatchObject({ tls });
  });

  it('have their effect', () => {
    const postgres =
      'postgres://h/d?connect_timeout=3&application_name=my%20app&options=-c%20search_path%3Doidc&host=/run/postgresql';
    expect(parseStoreUrl(postgres)).toMatchObject({
      connectTimeout: 3000,
      applicationName: 'my app',
      sessionOptions: '-c search_path=oidc',
      socket: '/run/postgresql',
    });
    expect(parseStoreUrl('mysql+aiomysql://h/d?charset=utf8mb4&unix_socket=/run/mysqld.sock')).toMatchObject({
      charset: 'utf8mb4',
      socket: '/run/mysqld.sock',
    });
  });

  it.each([
    ['postgres://h/d?sslmode=prefer', /sslmode/],
    ['postgres://h/d?sslmode=', /sslmode/],
    ['postgres://h/d?sslmode=require&ssl=true', /sslmode and ssl/],
    ['postgres://h/d?sslmode=disable&sslrootcert=ca', /sslmode/],
    ['postgres://h/d?sslcert=c', /sslcert and sslkey/],
    ['postgres://h/d?channel_binding=require', /channel_binding/],
    ['postgres://h/d?charset=utf8', /charset/],
    ['postgres://h/d?__proto__=x', /__proto__/],
    ['postgres://h/d?password=hunter2', /password/],
    ['postgres://h/d?hunter2%20alice=1', /something else/],
    ['postgres://h/d?connect_timeout=soon', /connect_timeout/],
    ['postgres://h/d?connect_timeout=1&connect_timeout=2', /repeated/],
    ['postgres://h/d?application_name=%zz', /badly encoded/],
    ['postgres://h/d?host=other', /host/],
    ['mysql://h/d?sslrootcert=ca', /sslrootcert/],
    ['mysql://h/d?ssl={"rejectUnauthorized":true}', /ssl/],
    ['sqlite:///d.db?mode=ro', /mode/],
    ['sqlite:///d.db?check_same_thread=false', /check_same_thread/],
  ])('%s is refused by name', (url, name) => {
    expect(problemOf(url)).toMatch(name);
  });
});

describe('the URL of a SQLite file', () => {
  it.each([
    ['sqlite:///broker.db', 'broker.db'],
    ['sqlite:///./data/broker.db', './data/broker.db'],
    ['sqlite:////var/lib/broker.db', '/var/lib/broker.db'],
    ['sqlite+aiosqlite:////var/lib/broker.db', '/var/lib/broker.db'],
    ['SQLite+pysqlite:///broker.db', 'broker.db'],
    ['sqlite:///C:/data/broker.db', 'C:/data/broker.db'],
    ['sqlite:///C:\\data\\broker.db', 'C:\\data\\broker.db'],
    ['sqlite+aiosqlite:///~/data/broker.db', join(homedir(), 'data/broker.db')],
    ['sqlite:///50%25 off#1.db', '50%25 off#1.db'],
  ])('%s is %s', (url, file) => {
    expect(parseStoreUrl(url)).toMatchObject({ adapter: 'typeorm', engine: 'sqlite', file });
  });

  it.each([
    'sqlite:',
    'sqlite:broker.db',
    'sqlite:/broker.db',
    'sqlite://',
    'sqlite:///',
    'sqlite://broker.db',
    'sqlite://data/broker.db',
    'sqlite:///:memory:',
    'sqlite+aiosqlite:///:memory:',
    'sqlite:///data/',
    'sqlite:///file:broker.db',
  ])('%s is refused, with a word about three and four slashes', (url) => {
    expect(problemOf(url)).toMatch(/sqlite:\/\/\/broker\.sqlite \(three slashes\).*sqlite:\/\/\/\/.* \(four\)/);
  });

  it('is refused if it asks for an encrypted file', () => {
    expect(problemOf('sqlite+pysqlcipher://:hunter2@/broker.db')).toMatch(/encrypted/);
  });
});
