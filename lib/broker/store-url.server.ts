import { decoded, unknownParameter, type UrlParameters } from './store-url.parameters.js';
import { TLS_FILES, TLS_MODES, tlsFrom, type TlsWish } from './store-url.tls.js';

/** A database server, with pg or mysql2. */
export interface ServerUrl {
  adapter: 'typeorm';
  engine: 'postgres' | 'mysql' | 'mariadb';
  /** A name or an address. */
  host: string;
  /** The server's usual one, if not given. */
  port: number | undefined;
  /** PostgreSQL: the folder of the socket; MySQL: the socket. It stands in for host and port. */
  socket: string | undefined;
  user: string | undefined;
  password: string | undefined;
  database: string;
  tls: TlsWish;
  /** In milliseconds. */
  connectTimeout: number | undefined;
  applicationName: string | undefined;
  /** Options of a PostgreSQL session, such as `-c search_path=…`. */
  sessionOptions: string | undefined;
  /** MySQL's character set. */
  charset: string | undefined;
  /** The packages that have to be installed. */
  packages: readonly string[];
}

// as SQLAlchemy reads it: user and password end at the first @
const PLACE = /^(?:([^:/]*)(?::([^@]*))?@)?(\[[\da-f:.]+\]|[^/:@]*)(?::([^/@]*))?(?:\/([^/@]*))?$/i;
const SHAPE = 'user:password@host:port/database';

/** @param place what stands after the two slashes */
export function serverFrom(
  engine: ServerUrl['engine'],
  place: string,
  parameters: UrlParameters,
): ServerUrl | { problem: string } {
  const family = engine === 'postgres' ? POSTGRES : MYSQL;
  const parts = PLACE.exec(place);
  if (parts === null) {
    return {
      problem: `expected ${SHAPE} after the two slashes; in a user or a password, percent-encode what is not a letter or digit (@ is %40, / is %2F, # is %23).`,
    };
  }
  const [user, password, database] = [parts[1], parts[2], parts[5]].map((part) => part && decoded(part));
  const [host, port] = [parts[3] ?? '', parts[4]];
  const tls = tlsFrom(parameters, family.tlsFiles);
  const problem =
    unknownParameter(parameters, family.parameters) ??
    placeProblem(parts, { user, password, database }) ??
    timeoutProblem(parameters) ??
    (typeof tls === 'string' ? tls : undefined);
  if (problem !== undefined || typeof tls === 'string' || database === undefined) return { problem: problem ?? '' };
  const { connect_timeout: timeout } = parameters;
  return {
    adapter: 'typeorm',
    engine,
    host: host.replace(/^\[|\]$/g, '') || 'localhost',
    port: port ? Number(port) : undefined,
    socket: parameters[family.socket],
    user,
    password,
    database,
    tls,
    connectTimeout: timeout === undefined ? undefined : Number(timeout) * 1000,
    applicationName: parameters.application_name,
    sessionOptions: parameters.options,
    charset: parameters.charset,
    packages: ['typeorm', family.driver],
  };
}

const POSTGRES = {
  driver: 'pg',
  socket: 'host',
  tlsFiles: TLS_FILES.postgres,
  parameters: ['host', 'connect_timeout', 'application_name', 'options', ...TLS_MODES, ...TLS_FILES.postgres],
};
const MYSQL = {
  driver: 'mysql2',
  socket: 'unix_socket',
  tlsFiles: TLS_FILES.mysql,
  parameters: ['unix_socket', 'connect_timeout', 'charset', ...TLS_MODES, ...TLS_FILES.mysql],
};

function placeProblem(parts: RegExpExecArray, read: Record<string, string | undefined>): string | undefined {
  const [, user, password, host = '', port, database] = parts;
  if ((user && read.user === undefined) || (password && read.password === undefined))
    return 'a percent sign in the user or password stands for nothing: write it as %25.';
  if (!database || !read.database) return `the URL names no database: ${SHAPE}.`;
  if (host.includes(','))
    return 'several hosts in one URL cannot be had: name one, or an address that follows the primary.';
  if (!/^(\[.*\]|[\w.-]*)$/.test(host)) return `the host has a character that no host has: ${SHAPE}.`;
  if (port && (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535))
    return 'the port is no number from 1 to 65535.';
  return undefined;
}

function timeoutProblem({ connect_timeout: timeout, host }: UrlParameters): string | undefined {
  if (timeout !== undefined && !/^[1-9]\d{0,3}$/.test(timeout)) return 'connect_timeout is no whole number of seconds.';
  if (host !== undefined && !host.startsWith('/'))
    return 'the parameter host names the folder of a socket; a server stands before the database.';
  return undefined;
}
