/** A clock that stands still until it is moved. */
export class FakeClock {
  #time: number;

  /** @param start in milliseconds since 1970 */
  constructor(start = 1_750_000_000_000) {
    this.#time = start;
  }

  readonly now = (): number => this.#time;

  /** In whole seconds since 1970, as tokens have it. */
  get seconds(): number {
    return Math.floor(this.#time / 1000);
  }

  /** @param seconds by which the clock moves on */
  pass(seconds: number): void {
    this.#time += seconds * 1000;
  }
}
