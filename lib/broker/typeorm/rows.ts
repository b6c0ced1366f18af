import type { SessionReading, StoredKey } from '../store.js';
import type { Row } from './sql.js';

/** Longer than anything lasts, in milliseconds: three thousand years. */
const FOR_EVER = 100_000_000_000_000;

/** A lifetime as a parameter: databases count whole milliseconds, and know no infinity. */
export function milliseconds(lifetime: number): number {
  return Math.min(Math.ceil(lifetime), FOR_EVER);
}

export function readingFrom(id: string, row: Row): SessionReading {
  return {
    row: {
      id,
      generation: Number(row.generation),
      lease: String(row.lease),
      beat: Number(row.beat),
      ended: String(row.ended),
      endedAt: timeOrNull(row.ended_at),
      handedAt: timeOrNull(row.handed_at),
      dueAt: Number(row.due_at),
      sealed: String(row.sealed),
    },
    now: Number(row.read_at),
  };
}

export function idFrom({ id }: Row): string {
  return String(id);
}

export function keyFrom({ sequence, sealed }: Row): StoredKey {
  return { sequence: Number(sequence), sealed: String(sealed) };
}

export function sealedFrom({ sealed }: Row): string {
  return String(sealed);
}

/** Numbers of 64 bits come as text from some drivers. */
function timeOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}
