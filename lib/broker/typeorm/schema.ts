import type { Dialect } from './dialect.js';
import { DEFAULT_PREFIX, type Tables } from './tables.js';

/** One step of the schema: what it is called in the table of migrations, and its statements. Each can be run again. */
export interface SchemaStep {
  name: string;
  /** When it was written, in milliseconds since 1970: TypeORM sorts by it. */
  timestamp: number;
  up: (dialect: Dialect, tables: Tables) => string[];
  down: (dialect: Dialect, tables: Tables) => string[];
}

/** All steps, the oldest first. What was published is never changed: another step follows. */
export const SCHEMA: readonly SchemaStep[] = [
  {
    name: 'CreateOidcBroker',
    timestamp: 1_795_478_400_000,
    up: (dialect, tables) => (dialect.family === 'mysql' ? mysqlTables(tables) : commonTables(dialect, tables)),
    down: (_dialect, { sessions, notes, keys }) => [sessions, notes, keys].map((table) => `drop table ${table}`),
  },
  {
    name: 'AddOidcPeers',
    timestamp: 1_795_564_800_000,
    up: ({ family }, { peers }) => (family === 'mysql' ? [mysqlPeers(peers)] : commonPeers(family, peers)),
    down: (_dialect, { peers }) => [`drop table ${peers}`],
  },
];

/** What a step is called in the table of migrations; with another prefix it is another migration. */
export function migrationName({ name, timestamp }: SchemaStep, prefix: string): string {
  return `${name}${prefix === DEFAULT_PREFIX ? '' : `_${prefix}_`}${timestamp}`;
}

function commonTables({ family }: Dialect, { sessions, notes, keys, index }: Tables): string[] {
  const number = family === 'postgres' ? 'bigint' : 'integer';
  const text = nameType(family);
  const statements = [
    `create table if not exists ${sessions} (
      id ${text} primary key not null, generation ${number} not null, lease ${text} not null, beat ${number} not null,
      ended ${text} not null, ended_at ${number}, handed_at ${number}, due_at ${number} not null,
      cleared smallint not null, sid_key ${text} not null, sub_key ${text} not null, sealed text not null)`,
    `create index if not exists ${index('sessions_sid')} on ${sessions} (sid_key, ended)`,
    `create index if not exists ${index('sessions_sub')} on ${sessions} (sub_key, ended)`,
    `create index if not exists ${index('sessions_due')} on ${sessions} (cleared, due_at)`,
    `create table if not exists ${notes} (note_key ${text} primary key not null, until_at ${number} not null)`,
    `create index if not exists ${index('notes_until')} on ${notes} (until_at)`,
    `create table if not exists ${keys} (sequence integer primary key not null, sealed text not null)`,
  ];
  if (family === 'postgres') statements.push(uncompressed(sessions));
  return statements;
}

function commonPeers(family: Dialect['family'], peers: string): string[] {
  const statement = `create table if not exists ${peers} (peer ${nameType(family)} primary key not null, sealed text not null)`;
  return family === 'postgres' ? [statement, uncompressed(peers)] : [statement];
}

/** Names compare byte by byte, whatever the language of the database. */
function nameType(family: Dialect['family']): string {
  return family === 'postgres' ? 'text collate "C"' : 'text';
}

/** For PostgreSQL: what is sealed cannot be compressed. */
function uncompressed(table: string): string {
  return `alter table ${table} alter column sealed set storage external`;
}

const MYSQL_OPTIONS = 'engine = InnoDB default character set ascii collate ascii_bin';

function mysqlPeers(peers: string): string {
  return `create table if not exists ${peers} (peer varchar(43) primary key not null, sealed mediumtext not null) ${MYSQL_OPTIONS}`;
}

function mysqlTables({ sessions, notes, keys, index }: Tables): string[] {
  return [
    `create table if not exists ${sessions} (
      id varchar(22) primary key not null, generation bigint not null, lease varchar(22) not null, beat bigint not null,
      ended varchar(32) not null, ended_at bigint, handed_at bigint, due_at bigint not null, cleared tinyint not null,
      sid_key varchar(43) not null, sub_key varchar(43) not null, touched bigint not null default 0,
      sealed mediumtext not null, key ${index('sessions_sid')} (sid_key, ended),
      key ${index('sessions_sub')} (sub_key, ended), key ${index('sessions_due')} (cleared, due_at)) ${MYSQL_OPTIONS}`,
    // up to 100 characters of any kind, where even a space at the end counts
    `create table if not exists ${notes} (
      note_key varbinary(400) primary key not null, until_at bigint not null, touched bigint not null default 0,
      key ${index('notes_until')} (until_at)) ${MYSQL_OPTIONS}`,
    `create table if not exists ${keys} (
      sequence int primary key not null, touched bigint not null default 0, sealed mediumtext not null) ${MYSQL_OPTIONS}`,
  ];
}
