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

  /** Where two find no document and both insert one, the second has certainly done nothing: it comes again, and finds one. */
  async keep(peer: string, sealed: string): Promise<void> {
    try {
      await this.#upsert(peer, sealed);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      await this.#upsert(peer, sealed);
    }
  }

  async forgetExcept(peers: readonly string[]): Promise<void> {
    await this.documents.deleteMany({ _id: { $nin: [...peers] } }, LIMITS);
  }

  async #upsert(peer: string, sealed: string): Promise<void> {
    await this.documents.updateOne({ _id: exactly(peer) }, { $set: { sealed } }, { ...LIMITS, upsert: true });
  }
}
