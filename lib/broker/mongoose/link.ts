import type { Connection } from 'mongoose';

/** The way to MongoDB: over the application's connection, or over one of our own. */
export interface Link {
  /** Connects, or waits until the application has. Called again after a failure. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** The connection, if there is one, in whatever state. */
  readonly connection: Connection | undefined;
}

/** Over the connection of the application: it opens and closes it, and we do neither. */
export class GivenLink implements Link {
  constructor(readonly connection: Connection) {}

  async open(): Promise<void> {
    await this.connection.asPromise();
  }

  async close(): Promise<void> {
    // not ours
  }
}
