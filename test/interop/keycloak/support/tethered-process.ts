import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Ends the program at a line on standard input, and at once when that ends because this process is gone. */
const WITH_ITS_PARENT = `
  exec 3<&0
  "$0" "$@" </dev/null 3<&- &
  program=$!
  { if read -r line <&3; then kill -TERM "$program"; else kill -KILL "$program"; fi; } 2>/dev/null &
  watcher=$!
  wait "$program"
  kill "$watcher" 2>/dev/null
`;

/** In milliseconds. */
const LONGEST_FAREWELL = 60_000;

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What it prints when it is ready. */
  readonly ready: string;
}

/** A program that prints when it is ready, and never outlives this process. */
export class TetheredProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @throws `Error` with all that it printed, if it ends before it is ready */
  static async start({ command, args, env, ready }: Program): Promise<TetheredProcess> {
    const child = spawn('sh', ['-c', WITH_ITS_PARENT, command, ...args], {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const printed: string[] = [];
    const isReady = new Promise<void>((resolve) => {
      for (const input of [child.stdout, child.stderr]) {
        createInterface(input).on('line', (line) => {
          printed.push(line);
          if (line.includes(ready)) resolve();
        });
      }
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${command} has ended before it was ready:\n${printed.join('\n')}`);
    });
    await Promise.race([isReady, ended]);
    ended.catch(() => undefined);
    return new TetheredProcess(child);
  }

  /** Ends it in its own good manner, and waits until it is gone. */
  async end(): Promise<void> {
    if (this.child.exitCode !== null || !this.child.stdin) return;
    const exit = once(this.child, 'exit');
    this.child.stdin.end('\n');
    const timer = setTimeout(() => this.#kill(), LONGEST_FAREWELL);
    await exit;
    clearTimeout(timer);
  }

  /** It leads a process group of its own. */
  #kill(): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
  }
}
