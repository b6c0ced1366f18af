import { describe } from '@jest/globals';
import { createConnection, type Connection } from 'mongoose';

const SERVER = process.env.TEST_MONGODB_URL;

/** A suite that needs MongoDB. Without one it is skipped, and says so. */
export function describeMongo(title: string, suite: () => void): void {
  if (SERVER) describe(title, suite);
  else describe.skip(`${title} (skipped: TEST_MONGODB_URL names no server; .ci/mongodb starts one)`, suite);
}

/** The server's URL with another database, host or options. */
export function urlOf(database: string, { host, query }: { host?: string; query?: string } = {}): string {
  const [, scheme = '', hosts = '', options = ''] = /^(.*?:\/\/)([^/?]*)[^?]*\??(.*)$/.exec(SERVER ?? '') ?? [];
  const search = [options, query].filter(Boolean).join('&');
  return `${scheme}${host ?? hosts}/${database}${search ? `?${search}` : ''}`;
}

/** Host and port of the server. */
export function serverAddress(): { host: string; port: number } {
  const { hostname, port } = new URL(urlOf('any').replace(/^mongodb/, 'http'));
  return { host: hostname, port: Number(port) };
}

let databases = 0;

/** A name that no other suite of this run has. */
export function newDatabase(): string {
  databases += 1;
  return `oidc_test_${process.pid}_${databases}`;
}

/** A connection as an application has it. */
export async function connected(database: string, options = {}): Promise<Connection> {
  return createConnection(urlOf(database), options).asPromise();
}

export async function dropDatabase(database: string): Promise<void> {
  const connection = await connected(database);
  await connection.dropDatabase();
  await connection.close();
}
