/**
 * How many signatures may be checked on this thread before others get their turn: there one costs a third of what it costs
 * to send it to the thread pool and back.
 */
const MOST = 32;
/** So many in the pool are a burst: what comes now is spread over the cores, too, and the event loop stays free. */
const BURST = 8;

let taken = 0;
let away = 0;

/** Takes a place on this thread until the event loop comes round; `false` if there is none. */
export function takeTurn(): boolean {
  if (taken === MOST || away >= BURST) return false;
  if (taken === 0) setImmediate(endTurn);
  taken += 1;
  return true;
}

/** Checks a signature off this thread. */
export async function awayFromHere(check: () => Promise<boolean>): Promise<boolean> {
  away += 1;
  try {
    return await check();
  } finally {
    away -= 1;
  }
}

function endTurn(): void {
  taken = 0;
}
