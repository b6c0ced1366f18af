import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import mongoose, { createConnection, type Connection } from 'mongoose';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
import { mongooseStoreFromUrl } from '../../../lib/broker/mongoose/from-url.js';
import { explained } from '../../../lib/broker/mongoose/mongo.errors.js';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { describeMongo, dropDatabase, newDatabase, serverAddress, urlOf } from './database.js';

const LOGIN = 'anna:open%2Fsesame';

async function failureOf(url: string): Promise<Error> {
  try {
    const store = mongooseStoreFromUrl(url);
    await store.open().finally(() => store.close());
  } catch (error) {
    return error as Error;
  }
  throw new Error('the store has opened');
}

function expectSentence(error: unknown, about: RegExp): void {
  expect(error).toBeInstanceOf(ConfigurationError);
  const { problems } = error as ConfigurationError;
  expect(problems).toEqual([expect.stringMatching(/^broker\.store: /)]);
  expect(problems[0]).toMatch(about);
}

/** Neither in its sentence nor anywhere in the error that a logger might print. */
function expectNoLogin(error: Error): void {
  const everything = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)} ${error.stack ?? ''}`;
  expect(everything).not.toMatch(/anna|sesame/);
}

describe('a MongoDB URL that cannot be used is refused, without what is in it:', () => {
  it.each([
    ['no database', `mongodb://${LOGIN}@127.0.0.1`, /name a database/],
    ['no database, but options', `mongodb://${LOGIN}@127.0.0.1/?w=1`, /name a database/],
    ['a / in the password', 'mongodb://anna:open/sesame@127.0.0.1/app', /name a database/],
    ['another scheme', `mongo://${LOGIN}@127.0.0.1/app`, /name a database/],
    ['an option that the driver does not know', `mongodb://${LOGIN}@127.0.0.1/app?anna=sesame`, /options/],
    ['an option of a wrong value', `mongodb://${LOGIN}@127.0.0.1/app?socketTimeoutMS=-1`, /options/],
    ['a port that is none', `mongodb://${LOGIN}@127.0.0.1:99999/app`, /percent-encode/],
    ['a % in the password', 'mongodb://anna:100%sesame@127.0.0.1/app', /percent-encode/],
    ['a file that is not there', `mongodb://${LOGIN}@127.0.0.1/app?tls=true&tlsCAFile=/nowhere/anna`, /tlsCAFile/],
  ])('%s', async (_, url, about) => {
    const error = await failureOf(url);
    expectSentence(error, about);
    expectNoLogin(error);
  });

  it.each(['', '9lives_', 'a$b', 'a b', 'x'.repeat(65), '.oidc'])('a prefix "%s"', (collectionPrefix) => {
    expect(() => mongooseStoreFromUrl('mongodb://127.0.0.1/app', { collectionPrefix })).toThrow('collectionPrefix');
  });
});

describe('MongooseBrokerStore refuses', () => {
  it.each([
    ['nothing', undefined],
    ['a URL', 'mongodb://127.0.0.1/app'],
    ['Mongoose itself', mongoose],
  ])('%s', (_, given) => {
    expect(() => new MongooseBrokerStore(given as unknown as Connection)).toThrow('expects a Connection of Mongoose');
  });

  it('a connection that nobody has opened, when it is asked for something', async () => {
    const store = new MongooseBrokerStore(createConnection());
    await expect(store.open()).rejects.toThrow('has not been opened');
    await expect(store.keys()).rejects.toThrow('has not been opened');
  });
});

describe('what MongoDB refuses', () => {
  const { MongoServerError } = mongoose.mongo;

  it.each([
    [11, /login/],
    [13, /readWrite/],
    [18, /login/],
    [85, /index/],
    [86, /index/],
    [148, /majority/],
    [8000, /Atlas/],
  ])('with code %d is a matter for an administrator, told without its sentence', (code, about) => {
    const error = explained(new MongoServerError({ code, errmsg: 'anna may not: sesame' }));
    expectSentence(error, about);
    expectNoLogin(error as Error);
  });

  it.each([91, 189, 11600, 50, 11000, 64])('with code %d passes by itself, and stays what it is', (code) => {
    const error = new MongoServerError({ code, errmsg: 'not now' });
    expect(explained(error)).toBe(error);
  });
});

describeMongo('a login at MongoDB', () => {
  const database = newDatabase();

  afterAll(() => dropDatabase(database));

  const withLogin = (options: { host?: string; query?: string } = {}) =>
    urlOf(database, options).replace('://', `://${LOGIN}@`);

  it('that is refused says so, by URL', async () => {
    const error = await failureOf(withLogin());
    expectSentence(error, /refused the login/);
    expectNoLogin(error);
  });

  it('that is refused says so, on the connection of an application', async () => {
    const connection = createConnection(withLogin());
    const error: unknown = await new MongooseBrokerStore(connection).open().catch((thrown: unknown) => thrown);
    expectSentence(error, /refused the login/);
    expectNoLogin(error as Error);
    await connection.close();
  });

  it('that reaches nobody is no matter of configuration, and does not show itself either', async () => {
    const error = await failureOf(withLogin({ host: '127.0.0.1:1', query: 'serverSelectionTimeoutMS=200' }));
    expect(error).not.toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain('ECONNREFUSED');
    expectNoLogin(error);
  });

  it('that is asked for at a server which speaks another protocol does not show itself', async () => {
    const { host } = serverAddress();
    const error = await failureOf(withLogin({ host: `${host}:1`, query: 'tls=true&serverSelectionTimeoutMS=200' }));
    expect(error).not.toBeInstanceOf(ConfigurationError);
    expectNoLogin(error);
  });
});
