import type { Value } from './sql.js';

/** What differs in SQL from one database to the next. */
export interface Dialect {
  readonly family: 'postgres' | 'mysql' | 'sqlite';
  /** Writes the name of a table or an index. */
  quote: (name: string) => string;
  /** Writes parameters, `?` each, as the driver wants them. */
  parameters(text: string): string;
  /** The time in milliseconds since 1970, at the moment of a change. */
  readonly now: string;
  /** The same, to search an index with. */
  readonly cutoff: string;
  /** What an update sets beyond what it is there for. */
  readonly touch: string;
  /** What a column among these values has to fulfil, and the values as parameters. */
  among(values: readonly string[]): { condition: string; parameters: Value[] };
  /** An insertion that leaves a row with the same key as it is. */
  insertNew(into: string, key: string): string;
  /** An insertion that, where there is a row with the same key, gives this column of it the new value. */
  insertOrReplace(into: string, key: string, column: string): string;
  /** Deletes so many of the rows that fulfil a condition, in this order. */
  deleteSome(table: string, key: string, condition: string, order: string, limit: number): string;
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const unlessThere = (into: string, key: string) => `insert into ${into} on conflict (${key}) do nothing`;
const replacing = (into: string, key: string, column: string) =>
  `insert into ${into} on conflict (${key}) do update set ${column} = excluded.${column}`;

export const sqlite: Dialect = {
  family: 'sqlite',
  quote: quoted,
  parameters: (text) => text,
  now: `cast(round(unixepoch('subsec') * 1000) as integer)`,
  cutoff: `cast(round(unixepoch('subsec') * 1000) as integer)`,
  touch: '',
  among: (values) => ({
    condition: 'in (select value from json_each(?))',
    parameters: [JSON.stringify(values)],
  }),
  insertNew: unlessThere,
  insertOrReplace: replacing,
  deleteSome: (table, _key, condition, order, limit) =>
    `delete from ${table} where rowid in (select rowid from ${table} where ${condition} order by ${order} limit ${limit})`,
};

export const postgres: Dialect = {
  family: 'postgres',
  quote: quoted,
  parameters: (text) => {
    let count = 0;
    return text.replaceAll('?', () => `$${++count}`);
  },
  // now() would stand still in a transaction and while the row is locked by somebody else
  now: `floor(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  // clock_timestamp() changes while a statement runs, which no index can follow
  cutoff: `floor(extract(epoch from statement_timestamp()) * 1000)::bigint`,
  touch: '',
  among: (values) => ({ condition: '= any(?)', parameters: [values] }),
  insertNew: unlessThere,
  insertOrReplace: replacing,
  deleteSome: (table, key, condition, order, limit) =>
    // as an array, because a join with the selected rows may read the whole table
    `delete from ${table} where ${key} = any(array(select ${key} from ${table} where ${condition} order by ${order} limit ${limit} for update skip locked))`,
};

/** Few lengths, so that few statements have to be kept; a statement may have 65,535 parameters. */
const LIST_LENGTHS = [1, 16, 500, 10_000];
const UTC_MILLISECONDS = `(timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) div 1000)`;

export const mysql: Dialect = {
  family: 'mysql',
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  parameters: (text) => text,
  now: UTC_MILLISECONDS,
  cutoff: UTC_MILLISECONDS,
  // a row that is hit and stays as it was may count as not hit: it depends on the connection's flag FOUND_ROWS
  touch: ', touched = touched + 1',
  among: (values) => {
    const length = LIST_LENGTHS.find((one) => one >= values.length) ?? values.length;
    const parameters = Array.from({ length }, (_, index) => values[index] ?? values[0] ?? '');
    return { condition: `in (${parameters.map(() => '?').join(', ')})`, parameters };
  },
  insertNew: (into) => `insert ignore into ${into}`,
  // MariaDB has no other name for the new row
  insertOrReplace: (into, _key, column) => `insert into ${into} on duplicate key update ${column} = values(${column})`,
  deleteSome: (table, _key, condition, order, limit) =>
    `delete from ${table} where ${condition} order by ${order} limit ${limit}`,
};
