import type { mongo } from 'mongoose';
import {
  SETTLING,
  type EndCondition,
  type NewSession,
  type NextGeneration,
  type SessionReading,
  type SessionRow,
} from '../store.js';
import { LASTING, exactly, type SessionDocument } from './documents.js';
import { SERVER_LIMIT } from './limits.js';
import type { ServerClock } from './server-clock.js';

const LIMITS = { maxTimeMS: SERVER_LIMIT };

/**
 * Sessions while they live. Every change is one `updateOne` with its conditions in the filter; `matchedCount` tells whether
 * they held.
 *
 * The driver repeats a write whose answer was lost (`retryWrites`), and that is right here: it gives the write a number by
 * which a replica set knows that it has done it, and answers what it answered at first. Where that is not to be had (a
 * standalone server, `retryWrites=false`), nothing is repeated. And were a `take` repeated all the same, it would miss,
 * and its caller read and find the lease to be its own.
 */
export class Sessions {
  constructor(
    private readonly documents: mongo.Collection<SessionDocument>,
    private readonly clock: ServerClock,
  ) {}

  async insert({ id, sealed, lifetime, sidKey, subKey }: NewSession): Promise<void> {
    const fresh = { generation: 1, lease: '', beat: 0, ended: '', endedAt: null, handedAt: null, emptied: false };
    const until = await this.#until(lifetime);
    // an upsert, because an insert knows no $currentDate; where the id is there, it ends in a duplicate key
    await this.documents.updateOne(
      { _id: exactly(id), since: { $exists: false } },
      { $set: { ...fresh, sealed, lifetime, until, sidKey, subKey }, $currentDate: { since: true } },
      { ...LIMITS, upsert: true },
    );
  }

  async read(id: string): Promise<SessionReading | undefined> {
    const pipeline = [{ $match: { _id: exactly(id) } }, { $addFields: { now: '$$NOW' } }];
    const [found] = await this.documents.aggregate<SessionDocument & { now: Date }>(pipeline, LIMITS).toArray();
    return found && { row: rowOf(found), now: found.now.getTime() };
  }

  async lives(id: string): Promise<boolean> {
    const living = { _id: exactly(id), ended: '', ...LASTING };
    return (await this.documents.findOne(living, { ...LIMITS, projection: { _id: 1 } })) !== null;
  }

  async idsOf(by: 'sidKey' | 'subKey', key: string, limit: number): Promise<string[]> {
    const carrying = by === 'sidKey' ? { sidKey: exactly(key) } : { subKey: exactly(key) };
    const found = this.documents.find({ ...carrying, ended: '' }, { ...LIMITS, limit, projection: { _id: 1 } });
    return (await found.toArray()).map(({ _id }) => _id);
  }

  async take(id: string, seen: Pick<SessionRow, 'generation' | 'lease' | 'beat'>, lease: string): Promise<boolean> {
    const asSeen = { generation: seen.generation, lease: exactly(seen.lease), beat: seen.beat };
    return this.#change(id, { ...asSeen, ended: '' }, { $set: { lease }, $inc: { beat: 1 } });
  }

  async beat(id: string, lease: string): Promise<boolean> {
    return this.#change(id, { lease: exactly(lease) }, { $inc: { beat: 1 } });
  }

  async release(id: string, lease: string): Promise<boolean> {
    return this.#change(id, { lease: exactly(lease) }, { $set: { lease: '' } });
  }

  async commit(id: string, generation: number, { sealed, lifetime, handed }: NextGeneration): Promise<boolean> {
    const next = { sealed, lease: '', lifetime, until: await this.#until(lifetime) };
    return this.#change(
      id,
      { generation, ended: '' },
      {
        $inc: { generation: 1 },
        $set: handed ? next : { ...next, handedAt: null },
        $currentDate: handed ? { since: true, handedAt: true } : { since: true },
      },
    );
  }

  async stamp(id: string, generation: number, handed: boolean): Promise<boolean> {
    const change = handed ? { $currentDate: { handedAt: true as const } } : { $set: { handedAt: null } };
    return this.#change(id, { generation, ended: '' }, change);
  }

  async end(id: string, reason: string, { generation, lease, handed }: EndCondition = {}): Promise<boolean> {
    const holds = {
      ...(generation === undefined ? {} : { generation }),
      ...(lease === undefined ? {} : { lease: exactly(lease) }),
      ...(handed === undefined ? {} : { handedAt: { $ne: null } }),
    };
    const until = await this.#until(SETTLING);
    return this.#change(
      id,
      { ...holds, ended: '' },
      { $set: { ended: reason, lifetime: SETTLING, until }, $currentDate: { since: true, endedAt: true } },
    );
  }

  async #change(
    id: string,
    holds: mongo.Filter<SessionDocument>,
    change: mongo.UpdateFilter<SessionDocument>,
  ): Promise<boolean> {
    const { matchedCount } = await this.documents.updateOne({ ...holds, _id: exactly(id) }, change, LIMITS);
    return matchedCount === 1;
  }

  async #until(lifetime: number): Promise<Date> {
    return new Date((await this.clock.now()) + lifetime);
  }
}

function rowOf({ _id, since, lifetime, endedAt, handedAt, ...document }: SessionDocument): SessionRow {
  const { generation, lease, beat, ended, sealed } = document;
  return {
    ...{ id: _id, generation, lease, beat, ended, sealed },
    endedAt: endedAt?.getTime() ?? null,
    handedAt: handedAt?.getTime() ?? null,
    dueAt: since.getTime() + lifetime,
  };
}
