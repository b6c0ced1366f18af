import { existsSync, readdirSync, statSync } from 'node:fs';
import { root, run } from '../run.mjs';

/** Builds the package and compiles the sample, each only if its sources are newer than the last file of what is there. */
export function compileSample() {
  if (isStale('dist/testing/index.js', ['lib', 'tsconfig.json', 'tsconfig.build.json', 'package.json'])) {
    console.log('Building the package …');
    run(process.execPath, ['scripts/build.mjs']);
  }
  const sources = ['sample-app/src', 'sample-app/provider', 'sample-app/tsconfig.build.json', 'dist'];
  if (isStale('sample-app/dist/provider/main.js', sources)) {
    console.log('Compiling the sample …');
    run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'sample-app/tsconfig.build.json']);
  }
}

function isStale(output, sources) {
  if (!existsSync(root + output)) return true;
  const made = statSync(root + output).mtimeMs;
  return sources.some((source) => changed(root + source) > made);
}

/** A folder changes with its entries: one that was deleted counts too. */
function changed(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((entry) => changed(`${path}/${entry}`)));
}
