// Processes that are asked things, one at a time, and the cores on which they run.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

export class Child {
  #process;

  /** @returns the process, when it has said its first word, as `hello` */
  static async start(file, settings, { flags = [] } = {}) {
    const child = new Child();
    child.#process = fork(file, [JSON.stringify(settings ?? {})], {
      execArgv: ['--disable-warning=ExperimentalWarning', ...flags],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    child.hello = await child.#answer();
    return child;
  }

  get pid() {
    return this.#process.pid;
  }

  async ask(message) {
    this.#process.send(message);
    return this.#answer();
  }

  async end() {
    if (this.#process.exitCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  #answer() {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const answered = (message) => {
        child.off('exit', gone);
        resolve(message);
      };
      const gone = (code) => {
        child.off('message', answered);
        reject(new Error(`A process of the benchmark ended with ${code}.`));
      };
      child.once('message', answered).once('exit', gone);
    });
  }
}

const cores = availableParallelism();
const canPin = cores > 1 && spawnSync('taskset', ['--version']).status === 0;

/** Where processes run: the load on the last core, what is measured on the others. */
export const places = canPin
  ? { load: String(cores - 1), hosts: cores === 2 ? '0' : `0-${cores - 2}`, anywhere: `0-${cores - 1}` }
  : undefined;

/**
 * Moves the event loop of a process; where there is no taskset, the system decides. Its other threads (signatures off the
 * event loop, garbage collection) run where there is room, as they would in production.
 */
export function pin({ pid }, place) {
  if (places) spawnSync('taskset', ['--cpu-list', '--pid', places[place], String(pid)]);
}
