export { MongooseBrokerStore, type MongooseBrokerStoreOptions } from './mongoose.store.js';
