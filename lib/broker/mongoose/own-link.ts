import type { Connection, ConnectOptions } from 'mongoose';
import { ConfigurationError } from '../../errors/index.js';
import type { Link } from './link.js';

/** What the URL does not set, in milliseconds. */
const TIME_LIMITS = { serverSelectionTimeoutMS: 5_000, connectTimeoutMS: 5_000, socketTimeoutMS: 10_000 };

/** Over a connection of our own, in an instance of Mongoose of our own: `mongoose.disconnect()` does not reach it. */
export class OwnLink implements Link {
  #connection: Connection | undefined;

  constructor(private readonly url: string) {}

  get connection(): Connection | undefined {
    return this.#connection;
  }

  async open(): Promise<void> {
    if (this.#connection) return;
    const { Mongoose } = await importMongoose();
    const connection = new Mongoose().createConnection();
    // what goes wrong is told by the operations; an event that nobody listens to would end the process
    connection.on('error', () => undefined);
    try {
      await connection.openUri(this.url, this.#options());
      this.#connection = connection;
    } catch (error) {
      await connection.destroy(true);
      throw error;
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.destroy(true);
  }

  #options(): ConnectOptions {
    const set = new URLSearchParams(this.url.split('?')[1]);
    const names = new Set([...set.keys()].map((name) => name.toLowerCase()));
    const limits = Object.entries(TIME_LIMITS).filter(([name]) => !names.has(name.toLowerCase()));
    return { ...Object.fromEntries(limits), bufferCommands: false, autoCreate: false, autoIndex: false };
  }
}

/** Loaded when a URL asks for it: nobody else needs Mongoose to be installed. */
async function importMongoose() {
  try {
    return await import('mongoose');
  } catch (error) {
    const code = (error as { code?: unknown } | undefined)?.code;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new ConfigurationError(['broker.store: MongoDB needs the package mongoose: npm install mongoose.']);
  }
}
