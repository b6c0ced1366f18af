import { setImmediate } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Refreshed, type Fetched } from '../../../lib/tokens/refreshed.js';
import { FakeClock } from '../fake-clock.js';

export const times = { refreshAfter: 600_000, maxAge: 3_600_000, cooldown: 30_000 };

const broken = new Error('no answer');

/** Whence a {@link Refreshed} has its values: `value 1`, `value 2`, …, by the number of the fetch. */
export class ValueSource {
  readonly clock = new FakeClock();
  fetches = 0;
  /** What the next fetches find. */
  answer: () => Promise<string> = () => Promise.resolve(`value ${this.fetches}`);

  readonly #well = this.answer;

  refreshed(
    same?: (a: string, b: string) => boolean,
    recall?: () => Promise<Fetched<string> | undefined>,
  ): Refreshed<string> {
    const fetchValue = () => {
      this.fetches++;
      return this.answer();
    };
    return new Refreshed(fetchValue, times, this.clock.now, same, recall);
  }

  down(): void {
    this.answer = () => Promise.reject(broken);
  }

  up(): void {
    this.answer = this.#well;
  }

  /** Holds the next fetch until it is let go. */
  hold(): { release: (value: string) => void; break: () => void } {
    let release: (value: string) => void = () => undefined;
    let refuse: (error: Error) => void = () => undefined;
    const promise = new Promise<string>((...ways) => ([release, refuse] = ways));
    this.answer = () => promise;
    return { release, break: () => refuse(broken) };
  }
}

/** Lets fetches in the background come to their end. */
export const settled = (): Promise<void> => setImmediate();

/** That nothing usable could be had from a source that is down. */
export const unavailable = (retryAfter: number): unknown =>
  expect.objectContaining({ name: 'Unavailable', retryAfter, cause: broken });
