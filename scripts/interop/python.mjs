// The real Python family for the interop suite: two virtual environments, made once and kept in the cache folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { root } from '../run.mjs';

const OLDEST_PYTHON = [3, 11];
const requirements = join(root, 'test/interop/python');

/**
 * Virtual environments with py-oidc-auth 2604.3.0 and with the newest, each with py-oidc-auth-client; what is in them is
 * pinned in test/interop/python. The first call takes a minute, later ones nothing.
 *
 * @returns {{ INTEROP_PYTHON_2604: string, INTEROP_PYTHON_NEWEST: string }} the path of each one's python
 * @throws {Error} one sentence that says what is missing
 */
export function pythonEnvironments() {
  return { INTEROP_PYTHON_2604: environment('2604'), INTEROP_PYTHON_NEWEST: environment('newest') };
}

/**
 * A virtual environment works in the folder that it was made in only. So it is made in one of its own, and what everybody
 * looks for is a link, which appears when it is complete.
 */
function environment(name) {
  const link = join(cacheFolder(), `python-${name}-${checksum(name)}`);
  if (works(link)) return pythonIn(link);
  requirePython();
  console.error(`The Python environment ${name} is made, once.`);
  mkdirSync(cacheFolder(), { recursive: true });
  const folder = mkdtempSync(`${link}.`);
  let published = false;
  try {
    fill(folder, name);
    published = publish(folder, link);
  } finally {
    if (!published) rmSync(folder, { recursive: true, force: true });
  }
  return pythonIn(link);
}

function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nestjs-oidc-auth');
}

function checksum(name) {
  const files = [`${name}.txt`, 'shared.txt'].map((file) => readFileSync(join(requirements, file)));
  return createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 16);
}

function pythonIn(folder) {
  return join(folder, 'bin', 'python');
}

/** Not so once the Python that it was made with is gone. */
function works(folder) {
  return spawnSync(pythonIn(folder), ['-c', 'import py_oidc_auth']).status === 0;
}

function requirePython() {
  const wanted = OLDEST_PYTHON.join('.');
  const found = spawnSync('python3', ['-c', 'import sys; print(*sys.version_info[:2])'], { encoding: 'utf8' });
  const version = found.status === 0 ? found.stdout.trim().split(' ').map(Number) : undefined;
  if (!version) {
    throw new Error(`The Python family needs Python ${wanted} or later as "python3" on the PATH: there is none.`);
  }
  const [major, minor] = version;
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new Error(
      `The Python family needs Python ${wanted} or later as "python3" on the PATH: this one is ${version.join('.')}.`,
    );
  }
  if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0) return;
  throw new Error('This Python has no venv module, which Debian and its kin have in the package python3-venv.');
}

function fill(folder, name) {
  run('python3', ['-m', 'venv', folder], `The Python environment ${name} cannot be made`);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  const list = join(requirements, `${name}.txt`);
  run(pythonIn(folder), [...pip, '-r', list], `pip cannot fill the Python environment ${name}, which takes a network`);
}

function run(command, args, complaint) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  const last = `${stdout}\n${stderr}`.trim().split('\n').at(-1);
  throw new Error(`${complaint}: ${error?.message ?? last}`);
}

/** False if somebody else was faster and theirs works. */
function publish(folder, link) {
  if (works(link)) return false;
  rmSync(link, { force: true });
  try {
    symlinkSync(basename(folder), link);
    return true;
  } catch (error) {
    if (works(link)) return false;
    throw error;
  }
}
