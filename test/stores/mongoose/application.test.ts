import { afterAll, afterEach, beforeEach, expect, it } from '@jest/globals';
import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getConnectionToken, InjectModel, MongooseModule, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { createConnection, type Connection, type Model } from 'mongoose';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
import { connected, describeMongo, dropDatabase, newDatabase, urlOf } from './database.js';
import { newSession } from './sessions.js';

/** A model with a name that a store might take for itself. */
@Schema({ collection: 'sessions', timestamps: true })
class Session {
  @Prop({ required: true, unique: true })
  title!: string;
}

@Injectable()
class Lectures {
  constructor(@InjectModel(Session.name) readonly sessions: Model<Session>) {}
}

describeMongo('an application with models of its own', () => {
  const database = newDatabase();
  let app: INestApplicationContext;
  let connection: Connection;
  let lectures: Model<Session>;

  beforeEach(async () => {
    @Module({
      imports: [
        MongooseModule.forRoot(urlOf(database)),
        MongooseModule.forFeature([{ name: Session.name, schema: SchemaFactory.createForClass(Session) }]),
      ],
      providers: [Lectures],
    })
    class AppModule {}

    app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    connection = app.get<Connection>(getConnectionToken());
    lectures = app.get(Lectures).sessions;
    await lectures.init();
    await lectures.create({ title: 'On sessions' });
  });

  afterEach(async () => {
    await lectures.deleteMany();
    await app.close();
  });

  afterAll(() => dropDatabase(database));

  it('keeps its models, documents and indexes as they are', async () => {
    const state = async () => ({
      models: connection.modelNames(),
      collections: Object.keys(connection.collections),
      lectures: await lectures.find().lean(),
      indexes: await lectures.listIndexes(),
      listeners: connection.eventNames().map((event) => [event, connection.listenerCount(event)]),
    });
    const before = await state();
    const store = new MongooseBrokerStore(connection);
    await store.open();
    const session = newSession();
    await store.insert(session);
    await store.end(session.id, 'logout');
    await store.sweep(1000);
    await store.close();

    await expect(state()).resolves.toEqual(before);
    const names = (await connection.listCollections()).map(({ name }) => name).sort();
    expect(names).toEqual(['oidc_notes', 'oidc_sessions', 'sessions']);
  });

  it('goes on using its connection when the store is closed', async () => {
    const store = new MongooseBrokerStore(connection);
    await store.open();
    await store.close();

    expect(connection.readyState).toBe(1);
    await expect(lectures.countDocuments()).resolves.toBe(1);
    await expect(store.open()).resolves.toBeUndefined();
  });

  it('has two stores apart by their prefixes', async () => {
    const [one, two] = [
      new MongooseBrokerStore(connection, { collectionPrefix: 'one_' }),
      new MongooseBrokerStore(connection, { collectionPrefix: 'two_' }),
    ];
    await Promise.all([one.open(), two.open()]);
    const session = newSession({ sidKey: 'sid', lifetime: -1 });
    await one.insert(session);
    await one.note('noted', 60_000);
    await one.addKey({ sequence: 1, sealed: 'of one' });
    await one.keepPeerKeys('peer', 'of one');

    await expect(two.read(session.id)).resolves.toBeUndefined();
    await expect(two.idsOf('sidKey', 'sid', 10)).resolves.toEqual([]);
    await expect(two.due(10)).resolves.toEqual([]);
    await expect(two.noted(['noted'])).resolves.toBe(false);
    await expect(two.keys()).resolves.toEqual([]);
    await expect(two.addKey({ sequence: 1, sealed: 'of two' })).resolves.toBe(true);
    await expect(one.keys()).resolves.toEqual([{ sequence: 1, sealed: 'of one' }]);
    await expect(two.peerKeys('peer')).resolves.toBeUndefined();
    await two.forgetPeersExcept([]);
    await expect(one.peerKeys('peer')).resolves.toBe('of one');
  });

  it('may give a connection that is about to be made', async () => {
    const connecting = createConnection(urlOf(database));
    const store = new MongooseBrokerStore(connecting);
    try {
      await expect(store.open()).resolves.toBeUndefined();
    } finally {
      await connecting.close();
    }
  });

  it('may give a connection of another database, made with useDb', async () => {
    const other = newDatabase();
    const store = new MongooseBrokerStore(connection.useDb(other));
    await store.open();
    const session = newSession();
    await store.insert(session);

    const found = connection.getClient().db(other).collection<{ _id: string }>('oidc_sessions');
    await expect(found.countDocuments({ _id: session.id })).resolves.toBe(1);
    await dropDatabase(other);
  });

  it('that closes its connection has closed it, and opens it again for the store too', async () => {
    const own = await connected(database);
    const store = new MongooseBrokerStore(own);
    await store.open();
    const session = newSession();
    await store.insert(session);

    await own.close();
    await expect(store.lives(session.id)).rejects.toThrow();
    expect(own.readyState).toBe(0);

    await own.openUri(urlOf(database));
    await expect(store.lives(session.id)).resolves.toBe(true);
    await own.close();
  });
});
