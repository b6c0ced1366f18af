import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { BrokerStore, SessionReading, SessionRow } from '../../broker/store.js';

/** By how much two times of one clock may be out of order because one was rounded and the other cut off, in milliseconds. */
const ROUNDING = 2;
/** How often a clock is looked at before it counts as one that stands still. */
const PATIENCE = 200_000;

/** A time that only the store's clock knows. */
export interface FromNow {
  /** In milliseconds, from the moment of the change. */
  fromNow: number;
}

/** A row of which some times are known only by the moment of their change. */
export type ExpectedRow = { [Column in keyof SessionRow]: SessionRow[Column] | FromNow };

/** The session as it is kept, with the columns of the port and no others. */
export async function readingOf(store: BrokerStore, id: string): Promise<SessionReading> {
  const reading = await store.read(id);
  assert.ok(reading, 'read: a session that is there has to be given');
  const { generation, lease, beat, ended, endedAt, handedAt, dueAt, sealed } = reading.row;
  return {
    row: { id: reading.row.id, generation, lease, beat, ended, endedAt, handedAt, dueAt, sealed },
    now: reading.now,
  };
}

/** As {@link BrokerStore.idsOf}; a list of this realm, whatever the realm of the driver is: others never equal it. */
export async function idsOf(store: BrokerStore, ...asked: Parameters<BrokerStore['idsOf']>): Promise<string[]> {
  return Array.from(await store.idsOf(...asked));
}

export async function rowOf(store: BrokerStore, id: string): Promise<SessionRow> {
  return (await readingOf(store, id)).row;
}

/** Compares a row, and its times with the store's time before and after the change. */
export function assertRow(after: SessionReading, expected: ExpectedRow, since: number, promise: string): void {
  const told = (column: keyof SessionRow) => {
    const wanted = expected[column];
    if (wanted === null || typeof wanted !== 'object') return wanted;
    assertTime(after.row[column], [since + wanted.fromNow, after.now + wanted.fromNow], `${promise} (${column})`);
    return after.row[column];
  };
  const columns = Object.keys(after.row) as (keyof SessionRow)[];
  assert.deepStrictEqual(
    { ...after.row },
    Object.fromEntries(columns.map((column) => [column, told(column)])),
    promise,
  );
}

function assertTime(time: unknown, [earliest, latest]: [number, number], promise: string): void {
  const holds = typeof time === 'number' && time >= earliest - ROUNDING && time <= latest + ROUNDING;
  assert.ok(
    holds,
    `${promise}: has to be between ${earliest} and ${latest} by the store's own clock, in milliseconds since 1970, and is ${String(time)}`,
  );
}

/** Returns when the store's clock has certainly gone on; reads until then. */
export async function untilClockMoves(store: BrokerStore, id: string): Promise<void> {
  const start = (await readingOf(store, id)).now;
  for (let reads = 0; reads < PATIENCE; reads += 1) {
    if ((await readingOf(store, id)).now > start + 2 * ROUNDING + 1) return;
    await setImmediate();
  }
  assert.fail('read: `now` has to be the time of a clock that goes on, in milliseconds');
}
