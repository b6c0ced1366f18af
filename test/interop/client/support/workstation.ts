import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { LoopbackServer } from '../../../support/loopback.js';
import { temporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.js';
import { Screen } from './screen.js';

const browser = fileURLToPath(new URL('../../python/browser.py', import.meta.url));

/** How a program of the user ended. */
export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * The computer at which the user of the Python client sits: with a home of its own, where the client keeps its tokens, and a
 * browser, which does what {@link user} does.
 */
export class Workstation {
  readonly screen = new Screen();
  /** Every address that was opened in the browser. */
  readonly opened: string[] = [];
  /** What the user does with an address. A program that opens one goes on when this is done. Default: leaves it alone. */
  user: (address: string) => Promise<unknown> = async () => undefined;
  /** What went wrong in the user's hands. */
  readonly mishaps: unknown[] = [];
  readonly #running = new Set<ChildProcess>();

  private constructor(
    private readonly desktop: LoopbackServer,
    private readonly home: TemporaryFolder,
  ) {}

  /** @param likewise another one, whose home this one has as it is now */
  static async start(likewise?: Workstation): Promise<Workstation> {
    const desktop = await LoopbackServer.start((request, response) => {
      const used = text(request).then((address) => workstation.#open(address));
      void used.finally(() => response.end());
    });
    const workstation = new Workstation(desktop, await temporaryFolder());
    if (likewise) await cp(likewise.home.path, workstation.home.path, { recursive: true });
    return workstation;
  }

  /** Runs the Python that has the client in it, or a program beside it. */
  async run(program: string, args: readonly string[]): Promise<Outcome> {
    const child = spawn(program, args, { env: this.#environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.add(child);
    for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => this.screen.print(chunk));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    this.#running.delete(child);
    return { code: child.exitCode, out, err };
  }

  /** Ends what still runs, and forgets everything. */
  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all([...this.#running].map((child) => once(child, 'close')));
    await this.desktop.close();
    await this.home.remove();
  }

  async #open(address: string): Promise<void> {
    this.opened.push(address);
    try {
      await this.user(address);
    } catch (error) {
      this.mishaps.push(error);
    }
  }

  /** Nothing of this machine's: no display, no proxy, no cache. */
  #environment(): NodeJS.ProcessEnv {
    const { PATH } = process.env;
    const { path } = this.home;
    return {
      PATH,
      HOME: path,
      XDG_CACHE_HOME: path,
      USER: 'tester',
      BROWSER: `'${python()}' '${browser}' %s`,
      DESKTOP: this.desktop.origin,
    };
  }
}

/** The Python of the environment with the client in it. */
export function python(): string {
  const path = process.env.INTEROP_PYTHON_NEWEST;
  if (path) return path;
  throw new Error(
    'INTEROP_PYTHON_NEWEST does not say where py-oidc-auth-client is installed: run npm run test:interop.',
  );
}
