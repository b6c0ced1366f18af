/**
 * How long something lasts. When its time is over, MongoDB decides by its own clock from `since` and `lifetime`
 * ({@link LASTING}, {@link OVER}); `until` only leads an index to what may be over.
 *
 * An update without a pipeline, which would not be one of the operators that every server has, can write the server's time
 * (`$currentDate`) but add nothing to it: hence the two parts.
 */
export interface Lasting {
  /** When the lifetime began, by MongoDB's clock. */
  since: Date;
  /** In milliseconds. */
  lifetime: number;
  /** The end as ServerClock reckoned it: hardly ever exact. For indexes only. */
  until: Date;
}

/** A document of `<prefix>sessions`. */
export interface SessionDocument extends Lasting {
  _id: string;
  generation: number;
  lease: string;
  beat: number;
  ended: string;
  endedAt: Date | null;
  handedAt: Date | null;
  sealed: string;
  /** The session has ended and holds nothing any more: nobody but sweep and the TTL index has to look at it. */
  emptied: boolean;
  sidKey: string;
  subKey: string;
}

/** A document of `<prefix>notes`; the one of ServerClock has nothing but `readAt`. */
export interface NoteDocument extends Lasting {
  _id: string;
  readAt?: Date;
}

/** A document of `<prefix>keys`, named by its sequence number. */
export interface KeyDocument {
  _id: number;
  sealed: string;
}

/** A document of `<prefix>peers`, named by the peer. */
export interface PeerDocument {
  _id: string;
  sealed: string;
}

const END = { $add: ['$since', '$lifetime'] };

/** Condition: its time is not over. */
export const LASTING = { $expr: { $gt: [END, '$$NOW'] } };
/** Condition: its time is over. Not for an upsert, where MongoDB allows no `$expr`. */
export const OVER = { $expr: { $lte: [END, '$$NOW'] } };

/** Condition on what comes from outside: whatever it is, it is compared and never read as operators. */
export function exactly<T>(value: T): { $eq: T } {
  return { $eq: value };
}

/** Tells whether an insert or upsert failed because there is such a document already. */
export function isDuplicate(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 11000;
}
