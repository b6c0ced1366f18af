/** Something took too long. Whether it was done is unknown. */
export class DeadlinePassed extends Error {
  readonly code = 'ETIMEDOUT';

  constructor() {
    super('The database did not answer in time.');
  }
}

/** A time limit that several steps share. */
export class Deadline {
  readonly #timer: ReturnType<typeof setTimeout>;
  #passed = false;
  readonly #passing: Promise<never>;

  /** @param limit in milliseconds, from now */
  constructor(limit: number) {
    let pass: (error: DeadlinePassed) => void;
    this.#passing = new Promise<never>((_, reject) => (pass = reject));
    // nobody has to be waiting when it passes
    this.#passing.catch(() => undefined);
    this.#timer = setTimeout(() => {
      this.#passed = true;
      pass(new DeadlinePassed());
    }, limit);
  }

  /**
   * Waits for a step.
   *
   * @param late is given what comes when nobody waits any more
   * @throws {@link DeadlinePassed}
   */
  async wait<T>(step: Promise<T>, late: (outcome: T) => void = () => undefined): Promise<T> {
    void step.then((outcome) => this.#passed && late(outcome)).catch(() => undefined);
    return Promise.race([step, this.#passing]);
  }

  /** Has to be called in the end. */
  lift(): void {
    clearTimeout(this.#timer);
  }
}
