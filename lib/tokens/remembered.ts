/**
 * So many values, by key: when there are more, one goes that nobody has read or set again for the longest time, or nearly.
 * Keys stand in a ring, and a hand goes round: whatever has been used since it came by last, it passes over once. In a `Map`
 * alone, finding the oldest would mean to walk past all that were deleted before.
 */
export class Remembered<Value> {
  readonly #entries = new Map<string, { value: Value; used: boolean }>();
  readonly #ring: string[] = [];
  #hand = 0;

  /** @param most at least 1 */
  constructor(private readonly most: number) {}

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    entry.used = true;
    return entry.value;
  }

  set(key: string, value: Value): void {
    const entry = this.#entries.get(key);
    if (entry) {
      entry.value = value;
      entry.used = true;
      return;
    }
    this.#ring[this.#place()] = key;
    this.#entries.set(key, { value, used: false });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #place(): number {
    if (this.#ring.length < this.most) return this.#ring.length;
    for (;;) {
      const place = this.#hand;
      this.#hand = (place + 1) % this.most;
      const key = this.#ring[place] ?? '';
      const entry = this.#entries.get(key);
      if (!entry?.used) {
        this.#entries.delete(key);
        return place;
      }
      entry.used = false;
    }
  }
}
