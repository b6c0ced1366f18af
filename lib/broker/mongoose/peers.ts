import type { mongo } from 'mongoose';
import { exactly, isDuplicate, type PeerDocument } from './documents.js';
import { SERVER_LIMIT } from './limits.js';

const LIMITS = { maxTimeMS: SERVER_LIMIT };

/** The key sets of peers: a peer is its document's unique `_id`. */
export class Peers {
  constructor(private readonly documents: mongo.Collection<PeerDocument>) {}

  async keysOf(peer: string): Promise<string | undefined> {
    return (await this.documents.findOne({ _id: exactly(peer) }, LIMITS))?.sealed;
  }

  /** Where two find none and both insert, one of them fails: as if the other had replaced its key set a moment later. */
  async keep(peer: string, sealed: string): Promise<void> {
    try {
      await this.documents.updateOne({ _id: exactly(peer) }, { $set: { sealed } }, { ...LIMITS, upsert: true });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }

  async forgetExcept(peers: readonly string[]): Promise<void> {
    await this.documents.deleteMany({ _id: { $nin: [...peers] } }, LIMITS);
  }
}
