import type { Connection, mongo } from 'mongoose';

/** The way to MongoDB: over the application's connection, or over one of our own. */
export interface Link {
  /** Connects, or waits until the application has. Called again after a failure. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** The database, once connected; whether it can be reached is another matter. */
  readonly database: mongo.Db | undefined;
}

/** Over the connection of the application: it opens and closes it, and we do neither. */
export class GivenLink implements Link {
  constructor(private readonly connection: Connection) {}

  get database(): mongo.Db | undefined {
    return this.connection.db;
  }

  async open(): Promise<void> {
    await this.connection.asPromise();
  }

  async close(): Promise<void> {
    // not ours
  }
}
