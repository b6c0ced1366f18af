import { homedir } from 'node:os';
import { join } from 'node:path';
import { unknownParameter, type UrlParameters } from './store-url.parameters.js';

/** A file of SQLite, with better-sqlite3. */
export interface SqliteUrl {
  adapter: 'typeorm';
  engine: 'sqlite';
  /** Relative to the working directory, or absolute. */
  file: string;
  /** The packages that have to be installed. */
  packages: readonly string[];
}

const SLASHES =
  'sqlite:///broker.sqlite (three slashes) is relative to the working directory, sqlite:////var/lib/broker.sqlite (four) is absolute';

/**
 * @param driver what stands after the `+`
 * @param place what stands after the two slashes
 */
export function sqliteFrom(
  driver: string | undefined,
  place: string,
  parameters: UrlParameters,
): SqliteUrl | { problem: string } {
  const problem = problemOf(driver?.toLowerCase(), place) ?? unknownParameter(parameters, []);
  if (problem !== undefined) return { problem };
  const path = place.slice(1);
  const file = /^~[\\/]/.test(path) ? join(homedir(), path.slice(2)) : path;
  return { adapter: 'typeorm', engine: 'sqlite', file, packages: ['typeorm', 'better-sqlite3'] };
}

function problemOf(driver: string | undefined, place: string): string | undefined {
  if (driver?.startsWith('pysqlcipher'))
    return 'encrypted SQLite files cannot be opened; what is secret is sealed anyway.';
  if (place === '' || place === '/' || place === '/:memory:')
    return `the URL names no file, and a database in memory would forget every session: ${SLASHES}; for tests there is memory:.`;
  if (!place.startsWith('/')) return `there is a slash missing: ${SLASHES}.`;
  if (place.startsWith('/file:')) return `file: URIs cannot be opened: ${SLASHES}.`;
  return /[\\/]$/.test(place) ? `the URL names a folder and no file: ${SLASHES}.` : undefined;
}
