import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './retry.js';

/**
 * Brings what SQLite has committed to the disk. A commit alone leaves it in the operating system's memory
 * (`synchronous = normal`); with `full` every commit would wait for the disk on the event loop. Here it waits off the event
 * loop, and what is committed meanwhile shares the next wait.
 */
export class WriteAheadLog {
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #isListed = false;

  /** @param database the database's file, opened */
  constructor(private readonly database: string) {}

  /** Settles when everything that was committed before the call would survive a power failure. */
  flushed(): Promise<void> {
    this.#next ??= this.#current
      .catch(() => undefined)
      .then(() => {
        this.#current = this.#next ?? this.#current;
        this.#next = undefined;
        return this.#flush();
      });
    return this.#next;
  }

  async #flush(): Promise<void> {
    // SQLite holds no lock on this file that closing it would lose
    await flush(`${this.database}-wal`);
    if (!this.#isListed && process.platform !== 'win32') await flush(dirname(this.database));
    this.#isListed = true;
  }
}

async function flush(path: string): Promise<void> {
  try {
    const handle = await open(path, process.platform === 'win32' ? 'r+' : 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // there is no log where the file system has no shared memory: then every commit has waited
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
