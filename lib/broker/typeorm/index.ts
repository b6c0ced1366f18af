export { brokerMigrations, type BrokerMigration } from './migrations.js';
export { TypeOrmBrokerStore, type TypeOrmBrokerStoreOptions } from './typeorm.store.js';
