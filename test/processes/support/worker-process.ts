import { fork, type ChildProcess } from 'node:child_process';
import { freePort } from '../../support/loopback.js';
import { WireClient } from '../../support/wire-client.js';
import type { Answer, CommandName, Commands, WorkerConfig } from '../worker/protocol.js';
import { compiledWorker } from './compiled.js';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process of the application. */
export class WorkerProcess {
  readonly client: WireClient;
  readonly exited: Promise<Exit>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #output = '';
  #count = 0;

  private constructor(
    readonly child: ChildProcess,
    readonly port: number,
  ) {
    this.client = new WireClient(`http://127.0.0.1:${port}`);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (this.#output += String(text)));
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    child.on('message', (answer: Answer) => this.#waiting.get(answer.id)?.(answer));
    void this.exited.then((exit) => {
      const error = `The process has ended: ${JSON.stringify(exit)}\n${this.#output}`;
      for (const [id, settle] of this.#waiting) settle({ id, error });
    });
  }

  /** A process that has begun and waits for its first command. */
  static async fork(): Promise<WorkerProcess> {
    const child = fork(await compiledWorker(), { execArgv: [], silent: true });
    return new WorkerProcess(child, await freePort());
  }

  /** Everything that it printed: the application's log at the most verbose level, and what Node.js itself had to say. */
  get output(): string {
    return this.#output;
  }

  /** Boots the application. @throws what stopped the boot */
  async start(config: Omit<WorkerConfig, 'port'>): Promise<this> {
    await this.call('start', { ...config, port: this.port });
    return this;
  }

  async call<Name extends CommandName>(command: Name, ...parameters: Parameters<Commands[Name]>): Promise<void> {
    const id = (this.#count += 1);
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.child.send({ id, command, parameters });
    const { error } = await answered;
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(error);
  }

  /** Closes the application as a deployment does, and waits for the end. */
  async shutDown(): Promise<void> {
    await this.call('close');
    this.child.disconnect();
    await this.exited;
  }

  /** `kill -9`, and waits for the end. */
  async kill(): Promise<Exit> {
    this.child.kill('SIGKILL');
    return this.exited;
  }
}
