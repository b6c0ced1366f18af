import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { dialectOf } from '../../../lib/broker/typeorm/engines.js';
import type { Statement } from '../../../lib/broker/typeorm/sql.js';
import { statementsOf, type Statements } from '../../../lib/broker/typeorm/statements.js';
import { tablesOf } from '../../../lib/broker/typeorm/tables.js';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { describeEngines, type Engine, type TestDatabase } from '../../support/databases.js';

const ROWS = 5_000;
const PRIMARY = /pkey|PRIMARY|autoindex/;

describeEngines('in a large table, an index is searched', (engine) => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let statements: Statements;

  beforeAll(async () => {
    database = await engine.create();
    dataSource = await new DataSource(database.options).initialize();
    await new TypeOrmBrokerStore(dataSource).open();
    const dialect = dialectOf(dataSource.options);
    statements = statementsOf(dialect, tablesOf(dialect, 'oidc_'));
    for (const sql of FILL[engine.name]) await dataSource.query(sql);
  }, 60_000);

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  async function planOf({ text }: Statement, values: unknown[] = []): Promise<string> {
    const explain = engine.name === 'SQLite' ? 'explain query plan' : 'explain';
    return JSON.stringify(await dataSource.query(`${explain} ${text}`, values));
  }

  it.each<[string, (all: Statements) => Statement, unknown[], RegExp]>([
    ['due', (all) => all.due(100), [], /oidc_sessions_due|sessions_due/],
    ['sweep, for sessions', (all) => all.sweepSessions(100), [], /sessions_due/],
    ['sweep, for notes', (all) => all.sweepNotes(100), [], /notes_until/],
    ['idsOf, by the sid', (all) => all.idsOf('sid_key', 100), ['sid-7'], /sessions_sid/],
    ['idsOf, by the subject', (all) => all.idsOf('sub_key', 100), ['sub-7'], /sessions_sub/],
    ['read', (all) => all.read, ['id-7'], PRIMARY],
    ['peerKeys', (all) => all.peerKeys, ['peer-7'], PRIMARY],
    ['beat', (all) => all.beat, ['id-7', 'lease'], PRIMARY],
  ])('by %s', async (_verb, pick, values, index) => {
    const plan = await planOf(pick(statements), values);
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/Seq Scan|SCAN oidc|"type":"ALL"/);
  });
});

/** One row of a hundred is due, one of a hundred is to be swept. */
const sessionFrom = (n: string, concat: (text: string, number: string) => string) =>
  `${concat('id-', n)}, 1, '', 0, '', case when mod(${n}, 50) = 0 then 1 else 9000000000000 end,
   case when mod(${n}, 100) = 0 then 1 else 0 end, ${concat('sid-', n)}, ${concat('sub-', n)}, 'sealed'`;
const columns = 'id, generation, lease, beat, ended, due_at, cleared, sid_key, sub_key, sealed';
const note = (n: string, concat: (text: string, number: string) => string) =>
  `${concat('note-', n)}, case when mod(${n}, 100) = 0 then 1 else 9000000000000 end`;
const bars = (text: string, number: string) => `'${text}' || ${number}`;
const call = (text: string, number: string) => `concat('${text}', ${number})`;
const series = `with recursive series (n) as (select 1 union all select n + 1 from series where n < ${ROWS})`;

const FILL: Readonly<Record<Engine['name'], string[]>> = {
  SQLite: [
    `${series} insert into oidc_sessions (${columns}) select ${sessionFrom('n', bars)} from series`,
    `${series} insert into oidc_notes (note_key, until_at) select ${note('n', bars)} from series`,
    `${series} insert into oidc_peers (peer, sealed) select ${bars('peer-', 'n')}, 'sealed' from series`,
    'analyze',
  ],
  PostgreSQL: [
    `insert into oidc_sessions (${columns}) select ${sessionFrom('n', bars)} from generate_series(1, ${ROWS}) as n`,
    `insert into oidc_notes (note_key, until_at) select ${note('n', bars)} from generate_series(1, ${ROWS}) as n`,
    `insert into oidc_peers (peer, sealed) select ${bars('peer-', 'n')}, 'sealed' from generate_series(1, ${ROWS}) as n`,
    'analyze',
  ],
  MariaDB: [
    `insert into oidc_sessions (${columns}) select ${sessionFrom('seq', call)} from seq_1_to_${ROWS}`,
    `insert into oidc_notes (note_key, until_at) select ${note('seq', call)} from seq_1_to_${ROWS}`,
    `insert into oidc_peers (peer, sealed) select ${call('peer-', 'seq')}, 'sealed' from seq_1_to_${ROWS}`,
    'analyze table oidc_sessions, oidc_notes, oidc_peers',
  ],
};
