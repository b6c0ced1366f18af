import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { OidcAuthModule } from 'nestjs-oidc-auth';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { EntitySchema, type DataSource } from 'typeorm';
import { bootApp, type App } from '../support/apps.js';
import { postgresEngine, sqliteEngine, type Engine, type TestDatabase } from '../support/databases.js';
import { WireClient } from '../support/wire-client.js';
import { Cluster, clusterOf, type ClientSession } from './support/cluster.js';
import { expectLiving } from './support/living.js';
import { refresh } from './support/refresh-storm.js';
import { describeStores } from './support/stores.js';
import { StrictProvider } from './support/strict-provider.js';
import type { WorkerProcess } from './support/worker-process.js';

describeStores('two applications with prefixes of their own in one database', (store) => {
  const cluster = clusterOf(store.create, { broker: { refresh: { replayWindow: 120 } } });
  let one: WorkerProcess;
  let other: WorkerProcess;
  beforeAll(async () => {
    const start = async (tablePrefix: string) => {
      const config = cluster().config();
      return (await cluster().fork()).start({ ...config, store: { ...config.store, tablePrefix } });
    };
    [one, other] = await Promise.all([start('one_'), start('other_')]);
  }, 60_000);

  it('know nothing of each other, even under the same keys', async () => {
    const [mine, theirs] = [await cluster().logIn(one), await cluster().logIn(other)];
    const rows = (await cluster().database.dump()).split('\n').filter((line) => /^\w+_sessions /.test(line));
    const idOf = ({ refreshToken }: ClientSession) => refreshToken.split('.')[0] ?? '';
    expect(rows.map((line) => [line.split(' ')[0], line.includes(idOf(mine)), line.includes(idOf(theirs))])).toEqual([
      ['one_sessions', true, false],
      ['other_sessions', false, true],
    ]);
    expect((await refresh(other, mine.refreshToken)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await other.client.post('/auth/v2/revoke', { token: mine.refreshToken })).status).toBe(200);
    const { status, json } = await refresh(one, mine.refreshToken);
    expect(status).toBe(200);
    await expectLiving([one], mine, [String(json.refresh_token)]);
    expect((await refresh(other, theirs.refreshToken)).status).toBe(200);
  });
});

interface Lecture {
  id: number;
  title: string;
}

/** A table with a name that a store might take for itself. */
const Lectures = new EntitySchema<Lecture>({
  name: 'sessions',
  columns: { id: { type: Number, primary: true, generated: true }, title: { type: String, unique: true } },
});

function applicationSuite(engine: Engine): void {
  let provider: StrictProvider;
  let database: TestDatabase;
  let cluster: Cluster;
  let running: App | undefined;

  beforeEach(async () => {
    provider = await StrictProvider.start();
    database = await engine.create();
    cluster = new Cluster(provider, { url: database.url } as Cluster['database']);
  });
  afterEach(async () => {
    await running?.close();
    await provider.close();
    await database.drop();
  });

  /** The application begins, as it does after each deployment. */
  async function begin(): Promise<{ dataSource: DataSource; worker: WorkerProcess }> {
    const { auth } = cluster.config();
    running = await bootApp('fastify', {
      imports: [
        TypeOrmModule.forRoot({ ...database.options, entities: [Lectures], synchronize: true, retryAttempts: 0 }),
        OidcAuthModule.forRootAsync({
          inject: [getDataSourceToken()],
          useFactory: (dataSource: DataSource) => ({
            ...auth,
            broker: { ...auth.broker, store: new TypeOrmBrokerStore(dataSource) },
          }),
        }),
      ],
    });
    const client = new WireClient(running.url);
    return { dataSource: running.app.get<DataSource>(getDataSourceToken()), worker: { client } as WorkerProcess };
  }

  it('keeps its entities and its sessions over a restart', async () => {
    const before = await begin();
    await before.dataSource.getRepository(Lectures).insert({ title: 'Optics' });
    const session = await cluster.logIn(before.worker);
    await running?.close();
    expect(before.dataSource.isInitialized).toBe(false);

    const { dataSource, worker } = await begin();
    expect(await dataSource.getRepository(Lectures).find()).toEqual([{ id: 1, title: 'Optics' }]);
    const { status, json } = await refresh(worker, session.refreshToken);
    expect(status).toBe(200);
    await dataSource.getRepository(Lectures).insert({ title: 'Acoustics' });
    await expectLiving([worker], session, [String(json.refresh_token)]);
    expect(await dataSource.getRepository(Lectures).count()).toBe(2);
  });
}

describe('an application with entities of its own, on SQLite,', () => applicationSuite(sqliteEngine));
describe('an application with entities of its own, on PostgreSQL,', () => {
  applicationSuite(postgresEngine().engine);
});
