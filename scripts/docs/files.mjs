import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../run.mjs';

process.chdir(root);

const folders = { '.md': ['docs', 'sample-app', 'bench'], '.ts': ['lib'] };

/** The documentation's files with that ending, as paths from the repository's root. */
export async function files(ending) {
  const found = (await readdir('.')).filter((name) => name.endsWith(ending));
  for (const folder of folders[ending]) {
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    const own = names.filter((name) => name.endsWith(ending) && !/(^|\/)(node_modules|dist)\//.test(name));
    found.push(...own.map((name) => join(folder, name)));
  }
  return found.sort();
}
