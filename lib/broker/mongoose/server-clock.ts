import type { mongo } from 'mongoose';
import { isDuplicate, type NoteDocument } from './documents.js';
import { SERVER_LIMIT } from './limits.js';

/** Age at which the server is asked again, in milliseconds. */
const STALE = 60_000;
/** No note is called so: their keys hold no space. */
const CLOCK = 'the clock';

/**
 * About what time MongoDB has: read from it once a minute, and reckoned on by the time elapsed in this process; the clock
 * of this process is never asked. Behind the server's time by the way of its answer, and by as long as this process stood
 * still since: good for the indexes, which may name a time that is a little early, and for nothing else.
 */
export class ServerClock {
  #read: { time: number; elapsed: number } | undefined;

  constructor(
    private readonly notes: mongo.Collection<NoteDocument>,
    private readonly elapsed = () => performance.now(),
  ) {}

  async now(): Promise<number> {
    const age = this.#read ? this.elapsed() - this.#read.elapsed : STALE;
    if (!this.#read || age >= STALE) return this.read();
    return this.#read.time + age;
  }

  /** Asks the server: by writing, which works on every server, and shows that we may. */
  async read(): Promise<number> {
    const time = await this.#write().catch((error: unknown) => {
      // another process wrote its first document at the same moment
      if (isDuplicate(error)) return this.#write();
      throw error;
    });
    this.#read = { time, elapsed: this.elapsed() };
    return time;
  }

  async #write(): Promise<number> {
    const written = await this.notes.findOneAndUpdate(
      { _id: CLOCK },
      { $currentDate: { readAt: true } },
      { upsert: true, returnDocument: 'after', includeResultMetadata: false, maxTimeMS: SERVER_LIMIT },
    );
    if (!written?.readAt) throw new Error('MongoDB did not tell its time.');
    return written.readAt.getTime();
  }
}
