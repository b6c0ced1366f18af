import type { mongo } from 'mongoose';
import { ConfigurationError } from '../../errors/index.js';
import type { Link } from './link.js';

/** What the URL does not set, in milliseconds. */
const TIME_LIMITS = { serverSelectionTimeoutMS: 5_000, connectTimeoutMS: 5_000, socketTimeoutMS: 10_000 };

/** Over a client of our own, of Mongoose's driver: it stays when the application calls `mongoose.disconnect()`. */
export class OwnLink implements Link {
  #client: mongo.MongoClient | undefined;
  #opening: Promise<void> | undefined;
  #database: mongo.Db | undefined;

  constructor(private readonly url: string) {}

  get database(): mongo.Db | undefined {
    return this.#database;
  }

  /** One attempt at a time: whoever opened before and lost patience finds it under way. */
  async open(): Promise<void> {
    this.#opening ??= this.#connect();
    await this.#opening;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = this.#opening = this.#database = undefined;
    await client?.close();
  }

  async #connect(): Promise<void> {
    let client: mongo.MongoClient | undefined;
    try {
      client = this.#createClient((await importMongoose()).mongo.MongoClient);
      this.#client = client;
      // what goes wrong is told by the operations; this event, if nobody listened, would end the process
      client.on('error', () => undefined);
      await client.connect();
      if (this.#client !== client) throw new Error('The store was closed while it opened.');
      this.#database = client.db();
    } catch (error) {
      if (this.#client === client) this.#client = this.#opening = undefined;
      await client?.close();
      throw error;
    }
  }

  /** Reads the URL, and connects to nothing yet. The driver's sentences about it may hold pieces of the password. */
  #createClient(Client: typeof mongo.MongoClient): mongo.MongoClient {
    const given = new Set([...new URLSearchParams(this.url.split('?')[1]).keys()].map((name) => name.toLowerCase()));
    const limits = Object.entries(TIME_LIMITS).filter(([name]) => !given.has(name.toLowerCase()));
    try {
      return new Client(this.url, Object.fromEntries(limits));
    } catch (error) {
      if ((error as Error).name === 'MongoMissingDependencyError') throw error;
      const remedy = 'percent-encode user and password in it, and check its options';
      throw new ConfigurationError([`broker.store: the driver does not accept the MongoDB URL: ${remedy}`]);
    }
  }
}

/** Loaded when a URL asks for it: nobody else needs Mongoose to be installed. */
async function importMongoose() {
  try {
    return await import('mongoose');
  } catch (error) {
    const code = (error as { code?: unknown } | undefined)?.code;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new ConfigurationError(['broker.store: MongoDB needs the package mongoose: npm install mongoose']);
  }
}
