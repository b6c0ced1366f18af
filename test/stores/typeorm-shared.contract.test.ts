import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { brokerStoreContract } from 'nestjs-oidc-auth/testing';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource } from 'typeorm';
import { describeEngines, mariaDbEngine, type Engine, type TestDatabase } from '../support/databases.js';
import { describeMariaDb } from '../support/mariadb.js';

describeEngines("the store on an application's DataSource keeps the contract", (engine) => {
  keepsContract(engine, {});
});

describeMariaDb('the store keeps the contract', () => {
  describe('on a connection that counts no rows that stay as they were', () => {
    keepsContract(mariaDbEngine, { flags: ['-FOUND_ROWS'] });
  });
});

/** @param more options of the DataSource */
function keepsContract(engine: Engine, more: object): void {
  let database: TestDatabase;
  let dataSources: DataSource[] = [];
  let views = 0;

  beforeAll(async () => {
    database = await engine.create();
    dataSources = [1, 2, 3, 4].map(() => new DataSource({ ...database.options, ...more }));
  });

  afterAll(async () => {
    const opened = dataSources.filter(({ isInitialized }) => isInitialized);
    await Promise.all(opened.map((dataSource) => dataSource.destroy()));
    await database.drop();
  });

  /** On one of the DataSources in turn; it stays when the view is closed. */
  async function connect(): Promise<TypeOrmBrokerStore> {
    const dataSource = dataSources[views++ % dataSources.length];
    if (!dataSource) throw new Error('There is no DataSource.');
    const store = new TypeOrmBrokerStore(dataSource);
    await store.open();
    return store;
  }

  for (const { name, run } of brokerStoreContract) {
    it(name, async () => {
      await expect(run(connect)).resolves.toBeUndefined();
    });
  }
}
