import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the repository's root with this terminal; a failure ends this process with the same code. */
export function run(command, args, env = {}) {
  const { status, signal } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? (signal ? 1 : 0));
}

/** Installs the development dependencies if this clone does not have them yet. */
export function ensureInstalled() {
  if (existsSync(`${root}node_modules/.package-lock.json`)) return;
  run('npm', ['ci', '--no-audit', '--no-fund']);
}
