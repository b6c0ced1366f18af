import { jest } from '@jest/globals';
import { realTiming } from '../../../../lib/broker/timing.js';

const elapsed = realTiming.elapsed.bind(realTiming);

/** Whatever the broker waits for in this process is over after some milliseconds, until `jest.restoreAllMocks()`. */
export function hurry(): void {
  const sleep = realTiming.sleep.bind(realTiming);
  jest
    .spyOn(realTiming, 'sleep')
    .mockImplementation((milliseconds, signal) => sleep(Math.min(milliseconds, 5), signal));
}

/**
 * Moves the monotonic clock of the broker in this process on, until `jest.restoreAllMocks()`: what it knows becomes old.
 *
 * @param seconds that have passed all at once
 */
export function letPass(seconds: number): void {
  const ahead = realTiming.elapsed() - elapsed() + seconds * 1000;
  jest.spyOn(realTiming, 'elapsed').mockImplementation(() => elapsed() + ahead);
}
