/**
 * How many signatures may be checked on this thread before others get their turn: a few cost less there than the way to the
 * thread pool and back; a burst is spread over the cores.
 */
const MOST = 8;

let taken = 0;

/** Takes a place on this thread until the event loop comes round; `false` if there is none left. */
export function takeTurn(): boolean {
  if (taken === MOST) return false;
  if (taken === 0) setImmediate(endTurn);
  taken += 1;
  return true;
}

function endTurn(): void {
  taken = 0;
}
