import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_PAUSE = 25;

/**
 * Tries again what has certainly not been done, after a short pause of random length.
 *
 * @param harmless whether an error says so
 * @param attempts at most
 */
export async function retried<T>(
  attempt: () => Promise<T>,
  harmless: (error: unknown) => boolean,
  attempts = 6,
): Promise<T> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 0 || !harmless(error)) throw error;
      await sleep(1 + Math.random() * LONGEST_PAUSE);
    }
  }
}

/** The code by which a database or a socket names what went wrong. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
