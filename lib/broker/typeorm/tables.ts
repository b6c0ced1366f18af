import { ConfigurationError } from '../../errors/index.js';
import type { Dialect } from './dialect.js';

/** What stands before the names of our tables, unless an option says otherwise. */
export const DEFAULT_PREFIX = 'oidc_';

const PREFIX = /^[a-z_][a-z0-9_]{0,30}$/i;

/** Our tables, ready to be written into a statement. */
export interface Tables {
  readonly sessions: string;
  readonly notes: string;
  readonly keys: string;
  readonly peers: string;
  readonly migrations: string;
  /** An index; its name has to differ within a schema. */
  index: (name: string) => string;
}

/** @param schema where the application's DataSource keeps its tables, if it says so */
export function tablesOf({ quote }: Dialect, prefix: string, schema?: string): Tables {
  const within = schema === undefined ? '' : `${quote(schema)}.`;
  const table = (name: string) => within + quote(prefix + name);
  return {
    sessions: table('sessions'),
    notes: table('notes'),
    keys: table('keys'),
    peers: table('peers'),
    migrations: table('migrations'),
    index: (name) => quote(prefix + name),
  };
}

/** @throws {@link ConfigurationError} if this can stand before no table's name */
export function checkedPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && PREFIX.test(prefix)) return prefix;
  throw new ConfigurationError([
    'broker.store: tablePrefix has to be 1 to 31 letters, digits and underscores, the first of them no digit.',
  ]);
}
