import type { mongo } from 'mongoose';
import type { StoredKey } from '../store.js';
import { exactly, isDuplicate, type KeyDocument } from './documents.js';
import { SERVER_LIMIT } from './limits.js';

const LIMITS = { maxTimeMS: SERVER_LIMIT };

/** Signing keys: a sequence number is its document's unique `_id`. */
export class Keys {
  constructor(private readonly documents: mongo.Collection<KeyDocument>) {}

  async all(): Promise<StoredKey[]> {
    const found = await this.documents.find({}, { ...LIMITS, sort: { _id: 1 } }).toArray();
    return found.map(({ _id, sealed }) => ({ sequence: _id, sealed }));
  }

  async add({ sequence, sealed }: StoredKey): Promise<boolean> {
    try {
      await this.documents.insertOne({ _id: sequence, sealed }, LIMITS);
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  async reseal(sequence: number, from: string, to: string): Promise<boolean> {
    const unchanged = { _id: sequence, sealed: exactly(from) };
    return (await this.documents.updateOne(unchanged, { $set: { sealed: to } }, LIMITS)).matchedCount === 1;
  }

  async remove(sequence: number): Promise<void> {
    await this.documents.deleteOne({ _id: sequence }, LIMITS);
  }
}
