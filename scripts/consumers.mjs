// `npm run check:consumers`: packs the package, installs it into fresh applications (test/consumers/*), and calls them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './run.mjs';

/** Each has a build script; what it must not have installed; whether it has tests of its own. */
const consumers = [
  { name: 'esm-express', absent: ['typeorm', 'mongoose', '@nestjs/platform-fastify'] },
  { name: 'commonjs', absent: ['typeorm', 'mongoose'], test: true },
  { name: 'fastify', absent: ['typeorm', 'mongoose', '@nestjs/platform-express'] },
  { name: 'swc', absent: ['typeorm', 'mongoose'] },
];

const START_LIMIT = 30_000;

/** Runs a command to its end and gives what it printed to stdout; fails with everything that it printed. */
async function output(cwd, command, ...args) {
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

async function pack(folder) {
  const printed = await output(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  return join(folder, JSON.parse(printed)[0].filename);
}

async function install(consumer, folder, tarball) {
  await cp(join(root, 'test/consumers', consumer.name), folder, { recursive: true });
  await output(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', tarball);
  for (const name of consumer.absent) {
    const there = await stat(join(folder, 'node_modules', name)).catch(() => undefined);
    if (there) throw new Error(`${name} was installed, although this application does not ask for it`);
  }
}

/** The application's process and the URL that it prints when it listens. */
async function start(folder, discoveryUrl) {
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: folder,
    env: { ...process.env, DISCOVERY_URL: discoveryUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT);
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('http')) continue;
    clearTimeout(timer);
    return { child, url: line };
  }
  throw new Error(`the application did not start\n${errors}`);
}

async function expectStatus(expected, url, token = '') {
  const { status } = await fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  if (status !== expected) throw new Error(`${status} in the place of ${expected}, token: "${token}"`);
}

async function call(folder, issuer) {
  const { child, url } = await start(folder, issuer.discoveryUrl);
  try {
    await expectStatus(401, `${url}/me`);
    await expectStatus(200, `${url}/me`, await issuer.token({ sub: 'ada' }));
    await expectStatus(401, `${url}/me`, `${await issuer.token({ sub: 'ada' })}x`);
  } finally {
    child.kill('SIGTERM');
    await once(child, 'close', { signal: AbortSignal.timeout(START_LIMIT) }).catch(() => child.kill('SIGKILL'));
  }
}

async function check(consumer, folder, tarball, issuer) {
  await install(consumer, folder, tarball);
  await output(folder, 'npm', 'run', 'build');
  await call(folder, issuer);
  if (consumer.test) await output(folder, 'npm', 'test');
}

const { createTestIssuer } = await import('nestjs-oidc-auth/testing').catch(() => {
  console.error('Build the package first: npm run build');
  process.exit(1);
});
const wanted = consumers.filter(({ name }) => process.argv.length < 3 || process.argv.includes(name));
const temp = await mkdtemp(join(tmpdir(), 'consumers-'));
const issuer = await createTestIssuer({ audience: 'my-api' });
try {
  const tarball = await pack(temp);
  for (const consumer of wanted) {
    try {
      await check(consumer, join(temp, consumer.name), tarball, issuer);
      console.log(`ok consumer ${consumer.name}`);
    } catch (error) {
      console.log(`not ok consumer ${consumer.name}: ${error.message}`);
      process.exitCode = 1;
    }
  }
} finally {
  await issuer.close();
  await rm(temp, { recursive: true, force: true });
}
