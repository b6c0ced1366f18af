import type { SessionReading } from '../store.js';

/** What a presented generation has to do next, by the row as it stands. */
export type Decision =
  /** The session has ended, has expired, or is gone. */
  | { step: 'refuse' }
  /** A successor is there, and its first holder got it within the replay window. */
  | { step: 'answer' }
  /** A successor is there, and was handed to nobody yet. */
  | { step: 'stamp' }
  /** The successor was handed out too long ago; the holder of an unknown commit may still be about to stamp it anew. */
  | { step: 'look again' }
  /** The token was used long ago, or is of a generation that the store does not know. */
  | { step: 'end'; reason: 'reuse' | 'future'; handed: boolean }
  /** It is the current generation: the lease decides. */
  | { step: 'refresh' };

/** What is known of a presented generation beside the row. */
export interface Circumstances {
  /** Milliseconds since the token was presented. */
  waited: number;
  /** Whether an earlier look found the token good, since it was presented: it may have been overtaken, and is good still. */
  good: boolean;
  /** Whether this is the second look at a successor that seemed too old. */
  looked: boolean;
  /** In milliseconds. */
  replayWindow: number;
}

/** Judges a presented generation: the numbered rules of the refresh protocol. */
export function judge(
  reading: SessionReading | undefined,
  generation: number,
  { waited, good, looked, replayWindow }: Circumstances,
): Decision {
  if (reading?.row.ended !== '' || reading.row.dueAt <= reading.now) return { step: 'refuse' };
  const { row, now } = reading;
  if (generation > row.generation) return { step: 'end', reason: 'future', handed: false };
  if (generation === row.generation) return { step: 'refresh' };
  if (generation < row.generation - 1 && !good) return { step: 'end', reason: 'reuse', handed: false };
  if (row.handedAt === null) return { step: 'stamp' };
  if (good || now - row.handedAt - waited <= replayWindow) return { step: 'answer' };
  return looked ? { step: 'end', reason: 'reuse', handed: true } : { step: 'look again' };
}
