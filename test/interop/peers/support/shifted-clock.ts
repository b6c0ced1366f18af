/**
 * The real time and so many seconds more. A clock that stands still will not do: Python peers and the provider have the
 * real one, and a token from the future is none to them.
 */
export class ShiftedClock {
  #shift: number;

  /** @param seconds by which it is ahead of the real time */
  constructor(seconds = 0) {
    this.#shift = seconds * 1000;
  }

  readonly now = (): number => Date.now() + this.#shift;

  /** @param seconds by which it moves on at once */
  pass(seconds: number): void {
    this.#shift += seconds * 1000;
  }
}
