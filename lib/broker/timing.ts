import { setTimeout as wait } from 'node:timers/promises';

/** Time as it passes in this process; the clocks of processes are never compared. */
export interface Timing {
  /** Milliseconds that only ever go forward. */
  elapsed(): number;
  /** Settles after so many milliseconds, or as soon as the signal says so. It never keeps a process alive by itself. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realTiming: Timing = {
  elapsed: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    await wait(milliseconds, undefined, { ref: false, ...(signal && { signal }) }).catch(() => undefined);
  },
};
