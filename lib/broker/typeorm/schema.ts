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
];

/** What a step is called in the table of migrations; with another prefix it is another migration. */
export function migrationName({ name, timestamp }: SchemaStep, prefix: string): string {
  return `${name}${prefix === DEFAULT_PREFIX ? '' : `_${prefix}_`}${timestamp}`;
}

function commonTables({ family }: Dialect, { sessions, notes, keys, index }: Tables): string[] {
  const number = family === 'postgres' ? 'bigint' : 'integer';
  // names compare byte by byte, whatever the language of the database
  const text = family === 'postgres' ? 'text collate "C"' : 'text';
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
  // what is sealed cannot be compressed
  if (family === 'postgres') statements.push(`alter table ${sessions} alter column sealed set storage external`);
  return statements;
}

function mysqlTables({ sessions, notes, keys, index }: Tables): string[] {
  const options = 'engine = InnoDB default character set ascii collate ascii_bin';
  return [
    `create table if not exists ${sessions} (
      id varchar(22) primary key not null, generation bigint not null, lease varchar(22) not null, beat bigint not null,
      ended varchar(32) not null, ended_at bigint, handed_at bigint, due_at bigint not null, cleared tinyint not null,
      sid_key varchar(43) not null, sub_key varchar(43) not null, touched bigint not null default 0,
      sealed mediumtext not null, key ${index('sessions_sid')} (sid_key, ended),
      key ${index('sessions_sub')} (sub_key, ended), key ${index('sessions_due')} (cleared, due_at)) ${options}`,
    // up to 100 characters of any kind, where even a space at the end counts
    `create table if not exists ${notes} (
      note_key varbinary(400) primary key not null, until_at bigint not null, touched bigint not null default 0,
      key ${index('notes_until')} (until_at)) ${options}`,
    `create table if not exists ${keys} (
      sequence int primary key not null, touched bigint not null default 0, sealed mediumtext not null) ${options}`,
  ];
}
