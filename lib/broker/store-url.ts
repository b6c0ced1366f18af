import { parametersOf } from './store-url.parameters.js';
import { serverFrom, type ServerUrl } from './store-url.server.js';
import { sqliteFrom, type SqliteUrl } from './store-url.sqlite.js';

/** What `broker.store` names: the adapter that it belongs to, and what that one has to know. */
export type StoreUrl = MemoryUrl | MongoUrl | SqliteUrl | ServerUrl;

export interface MemoryUrl {
  adapter: 'memory';
}

export interface MongoUrl {
  adapter: 'mongoose';
  url: string;
}

/** Why a URL cannot be used: a sentence for an administrator, without anything of the URL that could be secret. */
export interface BadStoreUrl {
  problem: string;
}

const FORMAT = /^([a-z][a-z\d.-]*)(?:\+(\w+))?:\/\/(.*)$/i;
const EXAMPLES =
  'postgres://user:password@host/database, mysql://…, mariadb://…, mongodb://…, sqlite:///path/of/a/file or memory:';

/**
 * Reads the URL of a store, in the spellings of SQLAlchemy and of the drivers. It loads no driver and reaches no database.
 *
 * @returns what the URL names, or `problem`
 */
export function parseStoreUrl(url: string): StoreUrl | BadStoreUrl {
  const text = url.trim();
  if (/^memory:(\/\/)?$/i.test(text)) return { adapter: 'memory' };
  if (/^sqlite(\+\w+)?:(?!\/\/)/i.test(text)) return sqliteFrom(undefined, '', {});
  const [, scheme = '', driver, rest = ''] = FORMAT.exec(text) ?? [];
  if (scheme === '') return { problem: `expected a URL, such as ${EXAMPLES}.` };
  // a question mark in a password belongs to the password
  const user = /^[^:/@]*(?::[^@]*)?@/.exec(rest)?.[0] ?? '';
  const [server, query] = splitOnce(rest.slice(user.length), '?');
  const place = user + server;
  const parameters = parametersOf(query);
  if (parameters === undefined) return { problem: 'a parameter after the question mark is repeated or badly encoded.' };
  switch (scheme.toLowerCase()) {
    case 'sqlite':
      return sqliteFrom(driver, place, parameters);
    case 'postgres':
    case 'postgresql':
      return serverFrom('postgres', place, parameters);
    case 'mysql':
    case 'mariadb':
      return serverFrom(scheme.toLowerCase() as 'mysql' | 'mariadb', place, parameters);
    case 'mongodb':
      return { adapter: 'mongoose', url: text };
    default:
      return unknownScheme(text, scheme.toLowerCase());
  }
}

function unknownScheme(url: string, scheme: string): MongoUrl | BadStoreUrl {
  if (/^mongodb\+srv:/i.test(url)) return { adapter: 'mongoose', url };
  return { problem: `there is no store for ${scheme}:// URLs; there is one for ${EXAMPLES}.` };
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
