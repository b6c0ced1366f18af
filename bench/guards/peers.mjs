// What is measured beside this package is installed on demand into the cache of the machine, never into the repository.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/run.mjs';

const manifests = join(root, 'bench/guards/peers');
const lists = ['package.json', 'package-lock.json', 'nest-10/package.json', 'nest-10/package-lock.json'];
/** What would have to be compiled, or knows nothing of Nest, is the repository's own. */
const borrowed = ['better-sqlite3', 'pg', 'typeorm'];

/**
 * A folder from which the benchmark's processes run: they resolve the peers, and this package as it is in dist/, by name.
 *
 * @returns `file`: where a file of bench/ is in it, given its path there; `close` removes the folder, not the peers
 */
export function makeWorkshop() {
  const peers = installed();
  const folder = join(peers, `run-${process.pid}`);
  const nest10 = join(peers, 'nest-10', `run-${process.pid}`);
  const close = () => [folder, nest10].forEach((one) => rmSync(one, { recursive: true, force: true }));
  process.once('exit', close);
  for (const one of [folder, nest10]) cpSync(join(root, 'bench'), join(one, 'bench'), { recursive: true });
  const own = join(folder, 'node_modules/nestjs-oidc-auth');
  cpSync(join(root, 'dist'), join(own, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(own, 'package.json'));
  lend(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies), own);
  lend(borrowed, folder);
  return {
    file: (path, { nest = 12 } = {}) => join(nest === 10 ? nest10 : folder, 'bench', path),
    version: (name, { nest = 12 } = {}) => versionOf(join(nest === 10 ? join(peers, 'nest-10') : peers), name),
    close,
  };
}

function lend(names, folder) {
  for (const name of names) {
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), target, 'dir');
  }
}

function installed() {
  const checksum = createHash('sha256');
  for (const list of lists) checksum.update(readFileSync(join(manifests, list)));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'nestjs-oidc-auth', `bench-${checksum.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;

  console.log(`Installing what is compared into ${folder} …`);
  const unfinished = `${folder}.${process.pid}`;
  for (const list of lists) {
    mkdirSync(dirname(join(unfinished, list)), { recursive: true });
    cpSync(join(manifests, list), join(unfinished, list));
  }
  for (const where of ['.', 'nest-10']) {
    const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    const { status } = spawnSync('npm', options, { cwd: join(unfinished, where), stdio: 'inherit' });
    if (status === 0) continue;
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error('The packages to compare with could not be installed.');
  }
  renameSync(unfinished, folder);
  return folder;
}

function versionOf(folder, name) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;
}
