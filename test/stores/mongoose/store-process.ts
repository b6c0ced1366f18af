import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BrokerStore } from '../../../lib/broker/store.js';

export interface Call {
  verb: keyof BrokerStore;
  parameters: unknown[];
}

export interface Told {
  value?: unknown;
  error?: string;
}

/** A store in a process of its own. */
export class StoreProcess {
  readonly #child: ChildProcess;
  #printed = '';

  constructor(url: string) {
    const file = (name: string) => new URL(name, import.meta.url);
    this.#child = fork(fileURLToPath(file('store-in-process.ts')), [url], {
      execArgv: ['--import', new URL('../../support/typescript.mjs', import.meta.url).href],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#printed += chunk.toString()));
    }
  }

  /** One at a time. @throws an error with the name of the one that the verb threw, or what the process said when it died */
  async call(verb: Call['verb'], ...parameters: unknown[]): Promise<unknown> {
    const over = new AbortController();
    const died = once(this.#child, 'exit', { signal: over.signal }).then(() => {
      throw new Error(`the process has ended: ${this.#printed}`);
    });
    died.catch(() => undefined);
    const answer = once(this.#child, 'message', { signal: over.signal });
    this.#child.send({ verb, parameters } satisfies Call);
    try {
      const [told] = (await Promise.race([answer, died])) as [Told];
      if (told.error !== undefined) throw Object.assign(new Error(told.error), { name: told.error });
      return told.value;
    } finally {
      over.abort();
    }
  }

  /** Ends the process. @returns what it printed, and whether it had ended by itself before */
  async end(): Promise<{ printed: string; died: boolean }> {
    const died = this.#child.exitCode !== null;
    if (!died) {
      const exited = once(this.#child, 'exit');
      this.#child.disconnect();
      await exited;
    }
    return { printed: this.#printed, died };
  }
}
