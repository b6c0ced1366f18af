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

/** A store by URL in a process of its own. */
export class StoreProcess {
  readonly #child: ChildProcess;

  constructor(url: string) {
    this.#child = forkTypeScript('store-in-process.ts', url);
  }

  /** One at a time. @throws what the verb threw */
  async call(verb: Call['verb'], ...parameters: unknown[]): Promise<unknown> {
    const answer = messageFrom(this.#child);
    this.#child.send({ verb, parameters } satisfies Call);
    const { value, error } = (await answer) as Told;
    if (error !== undefined) throw new Error(error);
    return value;
  }

  end(): Promise<void> {
    return ended(this.#child);
  }
}

/** Another process that holds the write lock of a SQLite file. */
export class LockingProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async on(file: string): Promise<LockingProcess> {
    const child = forkTypeScript('lock-in-process.ts', file);
    await messageFrom(child);
    return new LockingProcess(child);
  }

  async release(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.send('release');
    await exited;
  }

  end(): Promise<void> {
    return ended(this.child);
  }
}

/** A process that runs a file of this folder, and ends with us. */
function forkTypeScript(name: string, ...parameters: string[]): ChildProcess {
  const loader = new URL('../../support/typescript.mjs', import.meta.url);
  return fork(fileURLToPath(new URL(name, import.meta.url)), parameters, { execArgv: ['--import', loader.href] });
}

async function messageFrom(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const died = once(child, 'exit', { signal: over.signal }).then(() => {
    throw new Error('the process has ended');
  });
  died.catch(() => undefined);
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: over.signal }), died])) as [unknown];
    return message;
  } finally {
    over.abort();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || !child.connected) return;
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}
