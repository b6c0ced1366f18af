import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getDataSourceToken, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import {
  Column,
  DataSource,
  Entity,
  PrimaryGeneratedColumn,
  Repository,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { describeEngines, type TestDatabase } from '../../support/databases.js';
import { newSession } from './sessions.js';

/** A table with a name that a store might take for itself. */
@Entity('sessions')
class Session {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 80, unique: true })
  title!: string;
}

/** A migration of the application. */
class CreateRooms1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table rooms (name varchar(80))');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table rooms');
  }
}

@Injectable()
class Lectures {
  constructor(@InjectRepository(Session) readonly sessions: Repository<Session>) {}
}

describeEngines('an application with entities and migrations of its own', (engine) => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let dataSource: DataSource;
  let lectures: Repository<Session>;

  beforeEach(async () => {
    database = await engine.create();

    @Module({
      imports: [
        TypeOrmModule.forRoot({
          ...database.options,
          entities: [Session],
          synchronize: true,
          migrations: [CreateRooms1790000000000],
          migrationsRun: true,
        }),
        TypeOrmModule.forFeature([Session]),
      ],
      providers: [Lectures],
    })
    class AppModule {}

    app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    dataSource = app.get<DataSource>(getDataSourceToken());
    lectures = app.get(Lectures).sessions;
    await lectures.save({ title: 'On sessions' });
  });

  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  async function open(tablePrefix?: string): Promise<TypeOrmBrokerStore> {
    const store = new TypeOrmBrokerStore(dataSource, { tablePrefix });
    await store.open();
    return store;
  }

  it('keeps its entities, migrations and rows as they are', async () => {
    const state = async () => ({
      entities: dataSource.entityMetadatas.map(({ tableName }) => tableName),
      migrations: dataSource.migrations.map(({ constructor }) => constructor.name),
      run: await dataSource.query<unknown[]>('select * from migrations'),
      lectures: await lectures.find(),
      options: { ...dataSource.options },
      subscribers: dataSource.subscribers.length,
    });
    const before = await state();
    const store = await open();
    const session = newSession();
    await store.insert(session);
    await store.end(session.id, 'logout');
    await store.sweep(1000);
    await store.close();

    await expect(state()).resolves.toEqual(before);
    await expect(dataSource.showMigrations()).resolves.toBe(false);
  });

  it('synchronises, migrates and reverts its own schema without touching the tables of the store', async () => {
    const store = await open();
    const session = newSession();
    await store.insert(session);

    await dataSource.undoLastMigration();
    await dataSource.synchronize();
    await dataSource.runMigrations();
    const drop = dataSource.driver.createSchemaBuilder();
    await expect(drop.log()).resolves.toMatchObject({ upQueries: [] });
    await expect(store.lives(session.id)).resolves.toBe(true);
  });

  it('goes on using its connection when the store is closed', async () => {
    const store = await open();
    await store.close();

    expect(dataSource.isInitialized).toBe(true);
    await expect(lectures.count()).resolves.toBe(1);
    await expect(store.lives('any')).rejects.toThrow('not open');
    await expect(store.open()).resolves.toBeUndefined();
  });

  it('that destroys its connection has destroyed it, and initialises it again for the store, too', async () => {
    const store = await open();
    const session = newSession();
    await store.insert(session);

    await dataSource.destroy();
    await expect(store.lives(session.id)).rejects.toHaveProperty('message');
    await dataSource.initialize();
    await expect(store.lives(session.id)).resolves.toBe(true);
  });

  it('has two stores apart by their prefixes', async () => {
    const [one, two] = await Promise.all([open('one_'), open('Two_')]);
    const session = newSession({ sidKey: 'sid', lifetime: -1 });
    await one.insert(session);
    await one.note('noted', 60_000);
    await one.addKey({ sequence: 1, sealed: 'of.one' });
    await one.keepPeerKeys('peer', 'of.one');

    await expect(two.read(session.id)).resolves.toBeUndefined();
    await expect(two.idsOf('sidKey', 'sid', 10)).resolves.toEqual([]);
    await expect(two.due(10)).resolves.toEqual([]);
    await expect(two.noted(['noted'])).resolves.toBe(false);
    await expect(two.keys()).resolves.toEqual([]);
    await expect(two.addKey({ sequence: 1, sealed: 'of.two' })).resolves.toBe(true);
    await expect(one.keys()).resolves.toEqual([{ sequence: 1, sealed: 'of.one' }]);
    await expect(two.peerKeys('peer')).resolves.toBeUndefined();
    await two.forgetPeersExcept([]);
    await expect(one.peerKeys('peer')).resolves.toBe('of.one');
  });

  it.each(['', '1st_', 'a-b', 'x"; drop table sessions; --', 'a'.repeat(32)])(
    'cannot choose %j as prefix',
    (tablePrefix) => {
      expect(() => new TypeOrmBrokerStore(dataSource, { tablePrefix })).toThrow(/broker\.store: tablePrefix/);
    },
  );

  it('may give a DataSource that is not initialised yet, even to two stores', async () => {
    const later = new DataSource(database.options);
    const stores = ['one_', 'two_'].map((tablePrefix) => new TypeOrmBrokerStore(later, { tablePrefix }));
    try {
      await Promise.all(stores.map((store) => store.open()));
      await Promise.all(stores.map((store) => store.close()));
      expect(later.isInitialized).toBe(true);
    } finally {
      await later.destroy();
    }
  });

  it('may log all its queries, and reads nothing there of what is stored', async () => {
    const lines: string[] = [];
    const keep = (...parts: unknown[]) => void lines.push(inspect(parts, { depth: 3 }));
    const talkative = new DataSource({
      ...database.options,
      logging: 'all',
      maxQueryExecutionTime: 1,
      logger: {
        logQuery: keep,
        logQueryError: keep,
        logQuerySlow: keep,
        logSchemaBuild: keep,
        logMigration: keep,
        log: keep,
      },
    });
    try {
      const store = new TypeOrmBrokerStore(talkative);
      await store.open();
      const session = newSession({ sealed: 'what.is.sealed', sidKey: 'the-key-of-a-sid' });
      await store.insert(session);
      await store.addKey({ sequence: 1, sealed: 'what.is.sealed' });
      await expect(store.insert(session)).rejects.toHaveProperty('message');

      await talkative.query('select 1');
      expect(lines.join('\n')).toContain('select 1');
      for (const secret of [session.id, session.sealed, session.sidKey]) {
        expect(lines.join('\n')).not.toContain(secret);
      }
    } finally {
      await talkative.destroy();
    }
  });
});
