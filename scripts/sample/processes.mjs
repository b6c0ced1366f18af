import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setInterval } from 'node:timers';
import { root } from '../run.mjs';

const children = new Set();
let ending = false;

/**
 * Starts a script. It has a process group of its own, so that Ctrl-C reaches it through this process only, and it ends
 * when this process is gone.
 */
export function launch(name, script, env) {
  const child = fork(root + script, {
    env,
    detached: true,
    execArgv: ['--import', new URL('end-with-parent.mjs', import.meta.url).href],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  children.add(child);
  // oidc-provider warns of being used as it is used here: for development.
  createInterface(child.stderr).on('line', (line) => {
    if (!line.startsWith('oidc-provider ')) console.error(line);
  });
  child.once('exit', (code, signal) => {
    children.delete(child);
    if (ending) return;
    console.error(`${name} ended by itself (${signal ?? `exit code ${code}`}): ending the rest.`);
    void end(1);
  });
}

export function endOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0));
  if (process.env.npm_lifecycle_event) endWithNpm();
}

/** npm hands SIGTERM to the shell between it and this process, and some shells die of it without handing it on. */
function endWithNpm() {
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) void end(0);
  }, 200).unref();
}

/** Ends every process that was started, then this one. */
export async function end(code) {
  if (ending) return;
  ending = true;
  const gone = [...children].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of children) child.kill('SIGTERM');
  setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), 3_000);
  await Promise.all(gone);
  process.exit(code);
}
