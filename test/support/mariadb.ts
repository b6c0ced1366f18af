import { randomUUID } from 'node:crypto';
import { describe } from '@jest/globals';
import { createConnection, type RowDataPacket } from 'mysql2/promise';

const SERVER = process.env.TEST_MARIADB_URL;

/** A suite that needs MariaDB. Without a server it is skipped, and says so. */
export function describeMariaDb(title: string, suite: () => void): void {
  if (SERVER) describe(title, suite);
  else describe.skip(`${title} (skipped: TEST_MARIADB_URL names no server; .ci/mariadb starts one)`, suite);
}

/** Whether there is a server. */
export const hasMariaDb = SERVER !== undefined && SERVER !== '';

/** The server's URL with another database. @param user and password, if other than the administrator's */
export function mariaDbUrl(database = '', user?: string): string {
  const { protocol, username, password, host } = new URL(SERVER ?? 'mariadb://no-server/');
  return `${protocol}//${user ?? `${username}:${password}`}@${host}/${database}`;
}

/** Runs a statement as the administrator. */
export async function runOnMariaDb(sql: string, database = ''): Promise<Record<string, unknown>[]> {
  const connection = await createConnection({ uri: mariaDbUrl(database), multipleStatements: true });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

/** A new database. @returns its name */
export async function createMariaDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runOnMariaDb(`create database ${name}`);
  return name;
}

export async function dropMariaDatabase(name: string): Promise<void> {
  await runOnMariaDb(`drop database ${name}`);
}
