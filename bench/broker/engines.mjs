// The databases of the benchmark: for each our store, the bare driver with the same statements, and a way to fill it.
import { mkdtempSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import mongoose from 'mongoose';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { root } from '../../scripts/run.mjs';

const { typeOrmStoreFromUrl } = await import('../../dist/broker/typeorm/from-url.js');
const { mongooseStoreFromUrl } = await import('../../dist/broker/mongoose/from-url.js');

const HOUR = 3_600_000;
const SQL_TABLE = 'oidc_sessions';
const COLUMNS = 'id, generation, lease, beat, ended, due_at, cleared, sid_key, sub_key, sealed';

/** Rows have numbers: their ids are made from them here and in the databases alike. */
export function idOf(number) {
  return `b${String(number).padStart(21, '0')}`;
}

/** Every engine that can be had; the ones that cannot say why. */
export async function engines() {
  const found = [await sqlite(), await postgres()];
  if (process.env.TEST_MARIADB_URL) found.push(await mariadb(process.env.TEST_MARIADB_URL));
  else console.log('MariaDB is left out: set TEST_MARIADB_URL.');
  if (process.env.TEST_MONGODB_URL) found.push(await mongodb(process.env.TEST_MONGODB_URL));
  else console.log('MongoDB is left out: set TEST_MONGODB_URL.');
  return found;
}

async function sqlite() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'bench.sqlite');
  const url = `sqlite:///${file}`;
  const store = typeOrmStoreFromUrl(url);
  await store.open();
  const raw = new Database(file);
  raw.pragma('journal_mode = wal');
  raw.pragma('synchronous = full');
  const now = `cast(round(unixepoch('subsec') * 1000) as integer)`;
  const read = raw.prepare(`select *, ${now} as read_at from ${SQL_TABLE} where id = ?`);
  const rotate = raw.prepare(rotateSql(now));
  const insert = raw.prepare(insertSql(now));
  return {
    name: 'SQLite',
    url,
    file,
    store,
    most: 1_000_000,
    width: 1,
    raw: {
      read: async (id) => read.get(id),
      rotate: async (id, generation, sealed) => rotate.run(sealed, id, generation).changes,
      insert: async (id, sealed) => insert.run(id, sealed),
    },
    fill: async (from, to) =>
      raw.exec(
        `with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to})
         insert into ${SQL_TABLE} (${COLUMNS})
         select 'b' || printf('%021d', i), 1, '', 0, '', ${now} + ${HOUR}, 0, printf('%043d', i), printf('%043d', i), '${sealed}' from n`,
      ),
    expire: async (from, to) =>
      raw.exec(
        `update ${SQL_TABLE} set ended = 'logout', sealed = '', cleared = 1, due_at = 1 where id between '${idOf(from)}' and '${idOf(to)}'`,
      ),
    close: async () => {
      await store.close();
      raw.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function postgres() {
  const server = spawn(process.execPath, [`${root}scripts/postgres.mjs`], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => server.kill('SIGTERM'));
  const url = await new Promise((resolve, reject) => {
    createInterface(server.stdout).on('line', (line) => line.startsWith('postgres://') && resolve(line));
    server.once('exit', () => reject(new Error('PostgreSQL did not start.')));
  });
  const store = typeOrmStoreFromUrl(url);
  await store.open();
  const raw = new pg.Pool({ connectionString: url, max: 10 });
  const now = 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint';
  const prepared = (name, text) => {
    let count = 0;
    const numbered = text.replaceAll('?', () => `$${++count}`);
    return (values) => raw.query({ name, text: numbered, values });
  };
  const read = prepared('read', `select *, ${now} as read_at from ${SQL_TABLE} where id = ?`);
  const rotate = prepared('rotate', rotateSql(now));
  const insert = prepared('insert', insertSql(now));
  return {
    name: 'PostgreSQL',
    url,
    store,
    most: 1_000_000,
    width: 16,
    raw: {
      read: async (id) => (await read([id])).rows[0],
      rotate: async (id, generation, text) => (await rotate([text, id, generation])).rowCount,
      insert: (id, text) => insert([id, text]),
    },
    fill: (from, to) =>
      raw.query(
        `insert into ${SQL_TABLE} (${COLUMNS})
         select 'b' || lpad(i::text, 21, '0'), 1, '', 0, '', ${now} + ${HOUR}, 0, lpad(i::text, 43, '0'), lpad(i::text, 43, '0'), '${sealed}'
         from generate_series(${from}, ${to}) i`,
      ),
    expire: (from, to) =>
      raw.query(
        `update ${SQL_TABLE} set ended = 'logout', sealed = '', cleared = 1, due_at = 1 where id between '${idOf(from)}' and '${idOf(to)}'`,
      ),
    close: async () => {
      await store.close();
      await raw.end();
      server.kill('SIGTERM');
    },
  };
}

async function mariadb(admin) {
  const name = `bench_${process.pid}`;
  const owner = await mysql.createConnection(admin.replace(/^mariadb:/, 'mysql:'));
  await owner.query(`create database ${name}`);
  const url = admin.replace(/\/?$/, `/${name}`);
  const store = typeOrmStoreFromUrl(url);
  await store.open();
  const raw = mysql.createPool({ uri: url.replace(/^mariadb:/, 'mysql:'), connectionLimit: 10 });
  const now = `(timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) div 1000)`;
  const rotate = rotateSql(now);
  return {
    name: 'MariaDB',
    url,
    store,
    most: 1_000_000,
    width: 16,
    raw: {
      read: async (id) => (await raw.execute(`select *, ${now} as read_at from ${SQL_TABLE} where id = ?`, [id]))[0][0],
      rotate: async (id, generation, text) => (await raw.execute(rotate, [text, id, generation]))[0].affectedRows,
      insert: (id, text) => raw.execute(insertSql(now), [id, text]),
    },
    fill: (from, to) =>
      raw.query(
        `insert into ${SQL_TABLE} (${COLUMNS})
         select concat('b', lpad(seq, 21, '0')), 1, '', 0, '', ${now} + ${HOUR}, 0, lpad(seq, 43, '0'), lpad(seq, 43, '0'), '${sealed}'
         from seq_${from}_to_${to}`,
      ),
    expire: (from, to) =>
      raw.query(
        `update ${SQL_TABLE} set ended = 'logout', sealed = '', cleared = 1, due_at = 1 where id between '${idOf(from)}' and '${idOf(to)}'`,
      ),
    close: async () => {
      await store.close();
      await raw.end();
      await owner.query(`drop database ${name}`);
      await owner.end();
    },
  };
}

async function mongodb(admin) {
  const url = new URL(`/bench_${process.pid}`, admin).href;
  const store = mongooseStoreFromUrl(url);
  await store.open();
  const connection = await mongoose.createConnection(url).asPromise();
  const sessions = connection.collection('oidc_sessions');
  const since = () => new Date();
  const document = (id, text) => ({
    _id: id,
    generation: 1,
    lease: '',
    beat: 0,
    ended: '',
    endedAt: null,
    handedAt: null,
    emptied: false,
    sealed: text,
    lifetime: HOUR,
    since: since(),
    until: new Date(Date.now() + HOUR),
    sidKey: id,
    subKey: id,
  });
  return {
    name: 'MongoDB',
    url,
    store,
    // the tests' server keeps everything in its memory
    most: 30_000,
    width: 16,
    raw: {
      read: (id) => sessions.findOne({ _id: id }),
      rotate: async (id, generation, text) =>
        (
          await sessions.updateOne(
            { _id: id, generation, ended: '' },
            {
              $inc: { generation: 1 },
              $set: { sealed: text, lease: '' },
              $currentDate: { since: true, handedAt: true },
            },
          )
        ).matchedCount,
      insert: (id, text) => sessions.insertOne(document(id, text)),
    },
    fill: async (from, to) => {
      for (let first = from; first <= to; first += 5_000) {
        const last = Math.min(to, first + 4_999);
        await sessions.insertMany(
          Array.from({ length: last - first + 1 }, (_, index) => document(idOf(first + index), sealed)),
        );
      }
    },
    expire: (from, to) =>
      sessions.updateMany(
        { _id: { $gte: idOf(from), $lte: idOf(to) } },
        { $set: { ended: 'logout', sealed: '', emptied: true, since: new Date(0), lifetime: 0, until: new Date(0) } },
      ),
    close: async () => {
      await store.close();
      await connection.dropDatabase();
      await connection.close();
    },
  };
}

/** What a session weighs, about: tokens and claims of a usual provider, sealed. */
export const sealed = 's'.repeat(3_000);

function rotateSql(now) {
  return (
    `update ${SQL_TABLE} set generation = generation + 1, sealed = ?, due_at = ${now} + ${HOUR}, lease = '', handed_at = ${now} ` +
    `where id = ? and generation = ? and ended = ''`
  );
}

function insertSql(now) {
  return `insert into ${SQL_TABLE} (${COLUMNS}) values (?, 1, '', 0, '', ${now} + ${HOUR}, 0, '', '', ?)`;
}
