import type { mongo } from 'mongoose';
import { REMEMBERED } from '../store.js';
import { OVER, exactly, type NoteDocument, type SessionDocument } from './documents.js';
import { SERVER_LIMIT } from './limits.js';
import type { ServerClock } from './server-clock.js';

const LIMITS = { maxTimeMS: SERVER_LIMIT };
/** How far the times in the indexes may be off, in milliseconds: so much more is looked at. */
const INEXACT = 60_000;

/** What is past its time. The indexes on `until` lead there, step by step; the condition OVER decides. */
export class Purge {
  constructor(
    private readonly sessions: mongo.Collection<SessionDocument>,
    private readonly notes: mongo.Collection<NoteDocument>,
    private readonly clock: ServerClock,
  ) {}

  async due(limit: number): Promise<string[]> {
    return this.#over(this.sessions, { emptied: false, until: await this.#perhapsOver() }, limit);
  }

  async empty(id: string): Promise<boolean> {
    return this.#changeEnded(id, { sealed: '', emptied: true }, REMEMBERED);
  }

  async postpone(id: string, delay: number): Promise<boolean> {
    return this.#changeEnded(id, {}, delay);
  }

  async sweep(limit: number): Promise<number> {
    const until = await this.#perhapsOver();
    const ids = await this.#over(this.sessions, { emptied: true, until }, limit);
    const keys = await this.#over(this.notes, { until }, limit);
    // the conditions once more: a session can be postponed, a note be renewed meanwhile
    const sessions = await this.sessions.deleteMany({ _id: { $in: ids }, emptied: true, ...OVER }, LIMITS);
    const notes = await this.notes.deleteMany({ _id: { $in: keys }, ...OVER }, LIMITS);
    return sessions.deletedCount + notes.deletedCount;
  }

  async #over<T extends SessionDocument | NoteDocument>(
    documents: mongo.Collection<T>,
    perhaps: mongo.Filter<T>,
    limit: number,
  ): Promise<string[]> {
    const options = { ...LIMITS, limit, sort: { until: 1 as const }, projection: { _id: 1 as const } };
    const found = await documents.find({ ...perhaps, ...OVER }, options).toArray();
    return found.map(({ _id }) => _id);
  }

  async #perhapsOver(): Promise<{ $lte: Date }> {
    return { $lte: new Date((await this.clock.now()) + INEXACT) };
  }

  async #changeEnded(id: string, change: Partial<SessionDocument>, lifetime: number): Promise<boolean> {
    const until = new Date((await this.clock.now()) + lifetime);
    const { matchedCount } = await this.sessions.updateOne(
      { _id: exactly(id), ended: { $ne: '' } },
      { $set: { ...change, lifetime, until }, $currentDate: { since: true } },
      LIMITS,
    );
    return matchedCount === 1;
  }
}
