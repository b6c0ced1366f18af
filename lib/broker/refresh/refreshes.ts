import { Flight } from './flight.js';
import type { Outcome } from './outcome.js';
import type { RefreshParts } from './parts.js';

/** All refreshes under way in this process: one for each session and generation. */
export class Refreshes {
  readonly #flights = new Map<string, Flight>();

  constructor(private readonly parts: RefreshParts) {}

  /** Presents a generation whose token is genuine. */
  async present(id: string, generation: number): Promise<Outcome> {
    const presented = this.parts.timing.elapsed();
    const key = `${id}.${generation}`;
    for (let good = false; ;) {
      const flight = this.#flights.get(key) ?? this.#begin(key, id, generation);
      flight.good ||= good;
      const answer = await flight.callers.wait(flight.outcome, presented);
      if (answer !== 'ask again') return answer;
      ({ good } = flight);
    }
  }

  /** Settles when what is under way has come to its end. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#flights.values()].map(({ outcome }) => outcome));
  }

  #begin(key: string, id: string, generation: number): Flight {
    const flight = new Flight(this.parts, id, generation, () => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }
}
