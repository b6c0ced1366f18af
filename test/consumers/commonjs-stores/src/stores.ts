import { createConnection } from 'mongoose';
import type { BrokerStore } from 'nestjs-oidc-auth';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import { DataSource } from 'typeorm';

/** Opened with the application. */
export const sqlite: BrokerStore = new TypeOrmBrokerStore(
  new DataSource({ type: 'better-sqlite3', database: 'app.sqlite' }),
  { tablePrefix: 'sign_in_' },
);

/** It is there to be compiled and loaded, as no server is. */
export const mongodb: BrokerStore = new MongooseBrokerStore(createConnection());
