import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const START_LIMIT = 30_000;

/** Starts an application, calls it at the URL that it prints when it listens, and ends it. */
export async function withApplication(folder, env, call) {
  const { child, url } = await start(folder, env);
  try {
    await call(url);
  } finally {
    child.kill('SIGTERM');
    await once(child, 'close', { signal: AbortSignal.timeout(START_LIMIT) }).catch(() => child.kill('SIGKILL'));
  }
}

/** Starts an application that is to end by itself. @returns what it printed */
export async function failToStart(folder, env) {
  const { child, url, printed } = await start(folder, env).catch((error) => ({ printed: error.message }));
  if (!url) return printed;
  child.kill('SIGKILL');
  throw new Error('the application started, although it could not');
}

async function start(folder, env) {
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stderr.on('data', (text) => (printed += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT);
  for await (const line of createInterface({ input: child.stdout })) {
    printed += `${line}\n`;
    if (!line.startsWith('http')) continue;
    clearTimeout(timer);
    return { child, url: line };
  }
  clearTimeout(timer);
  throw new Error(`the application did not start\n${printed}`);
}
