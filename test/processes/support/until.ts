import { setTimeout as pause } from 'node:timers/promises';

const LONGEST = 60_000;
const BETWEEN = 25;

/** Asks again and again until there is an answer: what another process does takes as long as it takes. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = performance.now() + LONGEST;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`Nothing came of waiting until ${what}.`);
    await pause(BETWEEN);
  }
}
