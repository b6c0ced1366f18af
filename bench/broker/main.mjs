// `npm run bench:broker`: what broker mode costs. Options: --quick takes two minutes; --only NAME measures one part; --write
// puts the tables and the chart into docs/.
import { readFileSync, writeFileSync } from 'node:fs';
import { root, ensureInstalled, run } from '../../scripts/run.mjs';

ensureInstalled();
run(process.execPath, ['scripts/build.mjs']);

const { chart, machine } = await import('../report.mjs');
const { engines } = await import('./engines.mjs');
const { measureFlows } = await import('./flows.mjs');
const { measureGrowth } = await import('./growth.mjs');
const { measureMint } = await import('./mint.mjs');
const { measureStalls } = await import('./stalls.mjs');
const { measureStorm } = await import('./storm.mjs');
const { measureVerbs } = await import('./verbs.mjs');

const quick = process.argv.includes('--quick');
const rounds = quick ? { rounds: 5, milliseconds: 200 } : { rounds: 11, milliseconds: 300 };
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined;
const parts = [];
const bars = [];

async function part(name, measure) {
  if (only !== undefined && only !== name) return;
  console.log(`\n${name} …`);
  const { markdown, bars: own = [] } = await measure();
  console.log(markdown);
  parts.push(`### ${name}\n\n${markdown}`);
  bars.push(...own);
}

const all = await engines();
try {
  await part('Minting', () => measureMint(rounds));
  await part('One statement', () => measureVerbs(all, rounds));
  await part('Stalls', () => measureStalls(all, { milliseconds: quick ? 3_000 : 10_000 }));
  await part('Whole flows', () => measureFlows(all, rounds));
  await part('Refresh storm', () => measureStorm(all, { callers: 1_000 }));
  await part('Growth', () => measureGrowth(all, { sizes: quick ? [1_000, 10_000] : [1_000, 100_000, 1_000_000] }));
} finally {
  for (const { close } of all) await close();
}

const summary = `Measured on ${machine()}${quick ? ', in a quick run' : ''}.\n\n${parts.join('\n\n')}\n`;
if (process.argv.includes('--write')) {
  const page = `${root}docs/performance.md`;
  const text = readFileSync(page, 'utf8');
  const marks = /(<!-- measured: broker -->\n)[^]*?(\n<!-- end -->)/;
  writeFileSync(
    page,
    text.replace(marks, (_, begin, end) => `${begin}\n${summary}${end}`),
  );
  writeFileSync(`${root}docs/performance-broker.svg`, chart('Broker mode, of the bare driver or signature', bars));
}
