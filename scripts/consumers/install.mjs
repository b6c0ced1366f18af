import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../run.mjs';

/** Runs a command to its end and gives what it printed to stdout; fails with everything that it printed. */
export async function output(cwd, command, ...args) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', all: '' };
  child.stdout.on('data', (text) => {
    printed.out += text;
    printed.all += text;
  });
  child.stderr.on('data', (text) => (printed.all += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${printed.all}`);
  return printed.out;
}

export async function pack(folder) {
  const printed = await output(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  return join(folder, JSON.parse(printed)[0].filename);
}

export async function install({ name, absent, built = [] }, folder, tarball) {
  await cp(join(root, 'test/consumers', name), folder, { recursive: true });
  const scripts = built.length > 0 ? ['--ignore-scripts'] : [];
  await output(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', ...scripts, tarball);
  for (const dependency of built) await copyBuild(dependency, folder);
  for (const one of absent) {
    const there = await stat(join(folder, 'node_modules', one)).catch(() => undefined);
    if (there) throw new Error(`${one} was installed, although this application does not ask for it`);
  }
}

/** The same version needs no second build. */
async function copyBuild(name, folder) {
  const [ours, theirs] = [root, folder].map((place) => join(place, 'node_modules', name));
  const [have, want] = await Promise.all([ours, theirs].map(versionIn));
  if (have === want) await cp(join(ours, 'build'), join(theirs, 'build'), { recursive: true });
  else await output(folder, 'npm', 'rebuild', name);
}

async function versionIn(folder) {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version;
}

/** As a user makes one. */
export async function makeKey(folder) {
  const key = (await output(folder, 'npx', '--no', 'nestjs-oidc-auth', 'generate-key')).trim();
  if (Buffer.from(key, 'base64').length === 32) return key;
  throw new Error('generate-key printed something that is no key of 32 bytes');
}
