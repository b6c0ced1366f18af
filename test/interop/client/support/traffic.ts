import type { Server } from 'node:http';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** What an application was asked, and how it answered. */
export class Traffic {
  readonly #exchanges: Exchange[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(server: Server) {
    server.on('request', ({ method = '', url = '' }, response) => {
      response.once('finish', () => {
        const { pathname } = new URL(url, 'http://site');
        this.#exchanges.push({ method, path: pathname, status: response.statusCode });
        for (const look of this.#waiting) look();
      });
    });
  }

  /** The status codes that were answered to requests for paths with this end, in order. */
  statuses(end: string): number[] {
    return this.#exchanges.filter(({ path }) => path.endsWith(end)).map(({ status }) => status);
  }

  get count(): number {
    return this.#exchanges.length;
  }

  clear(): void {
    this.#exchanges.length = 0;
  }

  /** Waits until so many requests for paths with this end were answered. */
  answered(end: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.statuses(end).length < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
