import { DataSource } from 'typeorm';
import type { Engine } from '../../support/databases.js';
import type { Database, StoredSession } from './database.js';

type Row = Record<string, unknown>;

/** An empty database on one of TypeORM's engines. */
export async function sqlDatabase(engine: Engine): Promise<Database> {
  const created = await engine.create();
  const { url, options } = created;
  const query = async (sql: string): Promise<Row[]> => {
    // a connection for each look: the database may have been away
    const dataSource = await new DataSource({ ...options, logging: false }).initialize();
    try {
      return await dataSource.query<Row[]>(sql);
    } finally {
      await dataSource.destroy();
    }
  };
  return {
    url,
    async dump() {
      const names = (await query(TABLES[engine.name])).map(({ name }) => String(name)).sort();
      const lines: string[] = [];
      for (const name of names) {
        for (const row of await query(`select * from ${name}`)) lines.push(`${name} ${JSON.stringify(row)}`);
      }
      return lines.sort().join('\n');
    },
    async sessions() {
      const rows = await query('select id, generation, lease, ended, sealed from oidc_sessions');
      return rows.map((row) => ({ ...row, generation: Number(row.generation) }) as StoredSession);
    },
    async overwrite(id, { sealed, generation }) {
      const counter = generation === undefined ? '' : `, generation = ${generation}`;
      await query(`update oidc_sessions set sealed = '${sealed}'${counter} where id = '${id}'`);
    },
    async signingKeys() {
      return (await query('select sealed from oidc_keys order by sequence')).map(({ sealed }) => String(sealed));
    },
    drop: () => created.drop(),
  };
}

const TABLES: Readonly<Record<Engine['name'], string>> = {
  SQLite: `select name from sqlite_master where type = 'table'`,
  PostgreSQL: `select table_name as name from information_schema.tables where table_schema = 'public'`,
  MariaDB: 'select table_name as name from information_schema.tables where table_schema = database()',
};
