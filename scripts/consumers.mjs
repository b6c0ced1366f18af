// `npm run check:consumers`: packs the package, installs it into fresh applications (test/consumers/*), and calls them.
// Arguments are names of applications: npm run check:consumers -- stores
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callBroker, callPassThrough, expectTold } from './consumers/calls.mjs';
import { install, makeKey, output, pack } from './consumers/install.mjs';
import { startProvider } from './consumers/provider.mjs';
import { compileSample } from './sample/compile.mjs';

const drivers = ['typeorm', 'better-sqlite3', 'pg', 'mysql2', 'mongoose'];

/** The packages of which an application is told that has none of them, by what it has as `broker.store`. */
const told = {
  'the default': 'typeorm better-sqlite3',
  'sqlite:///broker.sqlite': 'typeorm better-sqlite3',
  'postgres://127.0.0.1:1/app': 'typeorm pg',
  'mysql://127.0.0.1:1/app': 'typeorm mysql2',
  'mongodb://127.0.0.1:1/app': 'mongoose',
};

/**
 * Each has a build script. `absent`: what must not be installed; `stores`: what it tries as `broker.store`; `built`: what
 * is installed as it was built for this repository, because that takes minutes; `tests`: whether it has tests of its own.
 */
const consumers = [
  { name: 'esm-express', absent: [...drivers, '@nestjs/platform-fastify'], stores: ['memory:'], told },
  { name: 'commonjs', absent: drivers, stores: ['memory:'], tests: true },
  { name: 'fastify', absent: [...drivers, '@nestjs/platform-express'] },
  { name: 'swc', absent: drivers },
  { name: 'stores', absent: ['pg', 'mysql2'], stores: ['its own'], built: ['better-sqlite3'] },
  { name: 'commonjs-stores', absent: ['pg', 'mysql2'], stores: ['its own'], built: ['better-sqlite3'] },
];

async function check(consumer, folder, tarball, { issuer, provider }) {
  const { stores = [], told: missing = {}, tests = false } = consumer;
  await install(consumer, folder, tarball);
  await output(folder, 'npm', 'run', 'build');
  if (!stores.includes('its own')) await callPassThrough(folder, issuer);
  const key = await makeKey(folder);
  for (const store of stores) await callBroker(folder, provider, { store, key });
  for (const [store, packages] of Object.entries(missing)) await expectTold(folder, provider, { store, key }, packages);
  if (tests) await output(folder, 'npm', 'test');
}

const { createTestIssuer } = await import('nestjs-oidc-auth/testing').catch(() => {
  console.error('Build the package first: npm run build');
  process.exit(1);
});
compileSample();
const wanted = consumers.filter(({ name }) => process.argv.length < 3 || process.argv.includes(name));
const temp = await mkdtemp(join(tmpdir(), 'consumers-'));
const issuer = await createTestIssuer({ audience: 'my-api' });
const provider = await startProvider(temp);
try {
  const tarball = await pack(temp);
  for (const consumer of wanted) {
    try {
      await check(consumer, join(temp, consumer.name), tarball, { issuer, provider });
      console.log(`ok consumer ${consumer.name}`);
    } catch (error) {
      console.log(`not ok consumer ${consumer.name}: ${error.message}`);
      process.exitCode = 1;
    }
  }
} finally {
  await issuer.close();
  provider.child.kill('SIGTERM');
  await once(provider.child, 'close');
  await rm(temp, { recursive: true, force: true });
}
