/** What programs have printed so far, in the order in which it arrived. */
export class Screen {
  #text = '';
  readonly #waiting = new Set<() => void>();

  print(chunk: unknown): void {
    this.#text += String(chunk);
    for (const look of this.#waiting) look();
  }

  /** Waits until something that matches is on the screen. */
  shows(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      const look = () => {
        const found = pattern.exec(this.#text);
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
