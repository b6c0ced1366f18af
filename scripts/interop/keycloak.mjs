// The real Keycloak for the interop suite: fetched through Maven and built once, then kept in the cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const VERSION = '26.7.3';
const OLDEST_JAVA = 17;
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';

/**
 * The home folder of a Keycloak that has been built for `start --optimized` with the database dev-file. Nothing is written
 * there any more: who starts it gives it a home of its own for its data. The first call takes a minute, later ones nothing.
 *
 * @returns {string} its absolute path
 * @throws {Error} one sentence that says what is missing
 */
export function keycloakHome() {
  requireJava();
  const home = join(cacheFolder(), `keycloak-${VERSION}`);
  if (existsSync(home)) return home;
  console.error(`Keycloak ${VERSION} is fetched and built, once (180 MB).`);
  mkdirSync(dirname(home), { recursive: true });
  const part = mkdtempSync(`${home}.`);
  try {
    fetchInto(part);
    build(join(part, 'home'));
    putInPlace(join(part, 'home'), home);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return home;
}

function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'nestjs-oidc-auth');
}

function requireJava() {
  const { stderr = '', error } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = error ? undefined : /version "(?:1\.)?(\d+)/.exec(stderr)?.[1];
  if (Number(version) >= OLDEST_JAVA) return;
  const found = version === undefined ? 'there is none' : `this one is ${version}`;
  throw new Error(`Keycloak needs Java ${OLDEST_JAVA} or later as "java" on the PATH: ${found}.`);
}

function fetchInto(folder) {
  const archive = join(folder, `keycloak-quarkus-dist-${VERSION}.tar.gz`);
  const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSION}:tar.gz`;
  const { status, error, stdout } = spawnSync(
    'mvn',
    ['-q', '-B', COPY, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
    { encoding: 'utf8', cwd: folder },
  );
  if (error) throw new Error(`Keycloak is fetched through Maven, and "mvn" cannot be run: ${error.message}.`);
  if (status !== 0) throw new Error(`Maven cannot fetch ${artifact}: ${firstComplaint(stdout)}`);
  mkdirSync(join(folder, 'home'));
  run('tar', ['-xzf', archive, '-C', join(folder, 'home'), '--strip-components=1'], 'cannot be unpacked');
}

/** Without it every start would build anew, within the shared folder. */
function build(home) {
  run(join(home, 'bin', 'kc.sh'), ['build', '--db=dev-file'], 'cannot be built');
}

function run(command, args, complaint) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`Keycloak ${VERSION} ${complaint}: ${error?.message ?? firstComplaint(`${stderr}\n${stdout}`)}`);
}

function putInPlace(folder, home) {
  try {
    renameSync(folder, home);
  } catch (error) {
    // somebody else was faster
    if (!existsSync(home)) throw error;
  }
}

function firstComplaint(output) {
  const lines = output.split('\n').map((line) => line.replace(/^.*?\bERROR\]?:?\s*/, '').trim());
  return lines.find((line) => line !== '') ?? 'it does not say why.';
}
