/** How long MongoDB itself may work on one operation, in milliseconds: `maxTimeMS` and the wait for a majority. */
export const SERVER_LIMIT = 5_000;
/** How long a verb may take, whatever keeps it waiting, in milliseconds. */
const VERB_LIMIT = 10_000;

/**
 * Ends the wait for what hangs: on a connection of the application no time limit of ours is in force.
 *
 * @throws an error with code `ETIMEDOUT`; what was begun may still take effect
 */
export async function withinLimit<T>(work: Promise<T>, limit = VERB_LIMIT): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error('MongoDB did not answer in time.'), { code: 'ETIMEDOUT' }));
    }, limit);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
