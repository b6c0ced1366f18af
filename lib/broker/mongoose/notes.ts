import type { mongo } from 'mongoose';
import { LASTING, OVER, exactly, isDuplicate, type NoteDocument } from './documents.js';
import { SERVER_LIMIT } from './limits.js';
import type { ServerClock } from './server-clock.js';

const LIMITS = { maxTimeMS: SERVER_LIMIT };

/** Notes: a key is its document's unique `_id`. */
export class Notes {
  constructor(
    private readonly documents: mongo.Collection<NoteDocument>,
    private readonly clock: ServerClock,
  ) {}

  /** A note whose time is over counts as none, whether it has been removed or not: it is renewed, and only by one. */
  async note(key: string, lifetime: number): Promise<boolean> {
    const until = new Date((await this.clock.now()) + lifetime);
    const change = { $set: { lifetime, until }, $currentDate: { since: true as const } };
    const renewed = await this.documents.updateOne({ _id: exactly(key), ...OVER }, change, LIMITS);
    return renewed.matchedCount === 1 || this.#insert(key, change);
  }

  async noted(keys: readonly string[]): Promise<boolean> {
    const lasting = { _id: { $in: [...keys] }, ...LASTING };
    return (await this.documents.findOne(lasting, { ...LIMITS, projection: { _id: 1 } })) !== null;
  }

  async #insert(key: string, change: mongo.UpdateFilter<NoteDocument>): Promise<boolean> {
    try {
      const absent = { _id: exactly(key), since: { $exists: false } };
      await this.documents.updateOne(absent, change, { ...LIMITS, upsert: true });
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }
}
