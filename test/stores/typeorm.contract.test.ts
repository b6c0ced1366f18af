import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { brokerStoreContract } from 'nestjs-oidc-auth/testing';
import { typeOrmStoreFromUrl } from '../../lib/broker/typeorm/from-url.js';
import { describeEngines, type TestDatabase } from '../support/databases.js';

describeEngines('the store over TypeORM keeps the contract', (engine) => {
  let database: TestDatabase;

  /** Each over connections of its own, as in processes of their own. */
  async function connect() {
    const store = typeOrmStoreFromUrl(database.url);
    await store.open();
    return store;
  }

  beforeAll(async () => {
    database = await engine.create();
  });

  afterAll(() => database.drop());

  for (const { name, run } of brokerStoreContract) {
    it(name, async () => {
      await expect(run(connect)).resolves.toBeUndefined();
    });
  }
});
