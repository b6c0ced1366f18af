import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform, type Options } from '@swc/core';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cache = join(root, 'node_modules/.cache/nestjs-oidc-auth-processes');

/** As Jest compiles it: decorators with metadata, names kept. */
const OPTIONS: Options = {
  swcrc: false,
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

/** The compiled package as its own dependents see it. */
const MANIFEST = { name: 'nestjs-oidc-auth', type: 'module', exports: { '.': './lib/index.js' } };

/**
 * Compiles lib/ and the worker for processes that run without Jest. The folder is named after what it was made from, so that
 * all suites of a run share it, and gets its name when it is complete.
 *
 * @returns the worker's entry
 */
export async function compiledWorker(): Promise<string> {
  const sources = await sourcesIn('lib', 'test/processes/worker');
  const hash = createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
  const folder = join(cache, hash);
  if (!(await isThere(folder))) await compile(sources, folder);
  return join(folder, 'test/processes/worker/main.js');
}

async function compile(sources: readonly [file: string, text: string][], folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'draft-'));
  await writeFile(join(draft, 'package.json'), JSON.stringify(MANIFEST));
  await Promise.all(
    sources.map(async ([file, text]) => {
      const target = join(draft, file.replace(/\.ts$/, '.js'));
      const { code } = await transform(text, { ...OPTIONS, filename: join(root, file) });
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, code);
    }),
  );
  try {
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true });
    // another suite was faster
    if (!(await isThere(folder))) throw error;
  }
}

async function sourcesIn(...folders: string[]): Promise<[file: string, text: string][]> {
  const found = await Promise.all(
    folders.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
  );
  const files = found
    .flat()
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  return Promise.all(
    files.map(async (file): Promise<[string, string]> => [file, await readFile(join(root, file), 'utf8')]),
  );
}

async function isThere(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}
