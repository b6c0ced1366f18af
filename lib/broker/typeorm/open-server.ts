import { readFile } from 'node:fs/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConfigurationError } from '../../errors/index.js';
import type { ServerUrl } from '../store-url.server.js';

const CONNECT_TIMEOUT = 10_000;

interface TlsOptions {
  ca?: string;
  cert?: string;
  key?: string;
  rejectUnauthorized: boolean;
  /** For pg: the name in the certificate is not looked at. */
  checkServerIdentity?: () => undefined;
  /** For mysql2: it is. */
  verifyIdentity?: boolean;
}

/**
 * Connects to a server.
 *
 * @throws {@link ConfigurationError} if a certificate's file cannot be read; else what the driver throws
 */
export async function openServer(server: ServerUrl): Promise<DataSource> {
  const tls = await tlsOptions(server);
  const dataSource = new DataSource(
    server.engine === 'postgres' ? postgresOptions(server, tls) : mysqlOptions(server, tls),
  );
  try {
    return await dataSource.initialize();
  } catch (error) {
    // what it has connected by then is in nobody's hands
    await dataSource.driver.disconnect().catch(() => undefined);
    throw error;
  }
}

function postgresOptions(server: ServerUrl, ssl: TlsOptions | undefined): DataSourceOptions {
  return {
    type: 'postgres',
    host: server.socket ?? server.host,
    port: server.port ?? 5432,
    username: server.user,
    password: server.password,
    database: server.database,
    ssl: ssl ?? false,
    applicationName: server.applicationName,
    connectTimeoutMS: server.connectTimeout ?? CONNECT_TIMEOUT,
    installExtensions: false,
    logging: false,
    // the statement that runs on a connection tells of its loss, and an idle one is replaced
    poolErrorHandler: () => undefined,
    extra: { keepAlive: true, ...(server.sessionOptions === undefined ? {} : { options: server.sessionOptions }) },
  };
}

function mysqlOptions(server: ServerUrl, ssl: TlsOptions | undefined): DataSourceOptions {
  return {
    type: server.engine === 'mariadb' ? 'mariadb' : 'mysql',
    host: server.host,
    port: server.port ?? 3306,
    socketPath: server.socket,
    username: server.user,
    password: server.password,
    database: server.database,
    ssl,
    charset: server.charset,
    connectTimeout: server.connectTimeout ?? CONNECT_TIMEOUT,
    logging: false,
  };
}

async function tlsOptions({ tls, engine }: ServerUrl): Promise<TlsOptions | undefined> {
  if (tls.mode === 'off') return undefined;
  const [ca, cert, key] = await Promise.all([tls.ca === 'system' ? undefined : tls.ca, tls.cert, tls.key].map(read));
  const named = tls.mode === 'full';
  return {
    ca,
    cert,
    key,
    rejectUnauthorized: tls.mode !== 'encrypt',
    ...(engine === 'postgres' ? !named && { checkServerIdentity: () => undefined } : { verifyIdentity: named }),
  };
}

async function read(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new ConfigurationError([`broker.store: the certificate or key ${file} cannot be read.`]);
  }
}
