/**
 * How many signatures are checked on this thread before others get their turn: there one takes less of the processor than
 * it does to send it to the thread pool and back, but all others wait.
 */
const MOST = 8;

let taken = 0;
let away = 0;

/**
 * Takes a place on this thread until the event loop comes round; `false` if there is none. While the pool is at work there
 * is a burst, and what comes is spread over the cores, too.
 */
export function takeTurn(): boolean {
  if (taken === MOST || away > 0) return false;
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
