import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { typeOrmStoreFromUrl } from '../../../lib/broker/typeorm/from-url.js';

// TypeORM requires them when a DataSource is made
jest.mock('pg', missing);
jest.mock('mysql2', missing);
jest.mock('better-sqlite3', missing);

function missing(): never {
  throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
}

describe('a URL whose driver is not installed', () => {
  let store: ReturnType<typeof typeOrmStoreFromUrl> | undefined;

  afterEach(() => store?.close());

  it.each([
    ['postgres://anna:sesame@127.0.0.1/app', 'pg'],
    ['mysql://anna:sesame@127.0.0.1/app', 'mysql2'],
    ['mariadb://anna:sesame@127.0.0.1/app', 'mysql2'],
    ['sqlite:///app.sqlite', 'better-sqlite3'],
  ])('%s: says which package to add', async (url, driver) => {
    store = typeOrmStoreFromUrl(url);
    await expect(store.open()).rejects.toMatchObject({
      name: 'ConfigurationError',
      problems: [`broker.store: the driver of the database is not installed: npm install typeorm ${driver}.`],
    });
  });
});
