// `npm run bench:federation`: what trusting many issuers costs, beside trusting one. Options: --quick takes four minutes; --only
// NAME measures one part; --write puts the tables into docs/.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, ensureInstalled, run } from '../../scripts/run.mjs';

ensureInstalled();
run(process.execPath, ['scripts/build.mjs']);

const { machine } = await import('../report.mjs');
const { measureFetches } = await import('./fetches.mjs');
const { measureFirstToken } = await import('./first-token.mjs');
const { measureHanging } = await import('./hanging.mjs');
const { startOthers } = await import('./others.mjs');
const { measureBoot, measureMemory } = await import('./size.mjs');
const { measureSpeed } = await import('./speed.mjs');

const quick = process.argv.includes('--quick');
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
const rounds = quick ? { rounds: 5, milliseconds: 200 } : { rounds: 11, milliseconds: 300 };
const parts = [];

async function part(name, measure) {
  if (only !== undefined && only !== name) return;
  console.log(`\n${name} …`);
  const markdown = await measure();
  console.log(markdown);
  parts.push(`### ${name}\n\n${markdown}`);
}

console.log('Keys are made …');
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const others = await startOthers({ issuers: 200, silent: 50 });
try {
  await part('Memory', () => measureMemory(others, folder, { processes: quick ? 3 : 9 }));
  await part('Boot', () => measureBoot(others, folder, { processes: quick ? 3 : 9 }));
  await part('First token', () =>
    measureFirstToken(others, folder, quick ? { rounds: 2, alone: 10 } : { rounds: 7, alone: 20 }),
  );
  await part('Fetches', () => measureFetches(others, { hours: quick ? 2 : 24 }));
  await part('Speed', () => measureSpeed(others, rounds));
  await part('Hanging peers', () =>
    measureHanging(others, quick ? { rounds: 3, milliseconds: 1_000 } : { rounds: 11, milliseconds: 3_000 }),
  );
} finally {
  await others.close();
  rmSync(folder, { recursive: true, force: true });
}

if (process.argv.includes('--write')) {
  const page = `${root}docs/performance.md`;
  const marks = /(<!-- measured: federation -->\n)[^]*?(\n<!-- end -->)/;
  const summary = `Measured on ${machine()}${quick ? ', in a quick run' : ''}.\n\n${parts.join('\n\n')}\n`;
  const text = readFileSync(page, 'utf8');
  writeFileSync(
    page,
    text.replace(marks, (_, begin, end) => `${begin}\n${summary}${end}`),
  );
  run(process.execPath, ['node_modules/prettier/bin/prettier.cjs', '--log-level', 'warn', '--write', page]);
}
