// `npm run bench`: what this package costs beside its peers. Options:
//   --quick          about a minute: guards, verification and cache, less exact
//   --only NAME      one part (guards, verification, cache, start, growth, soak)
//   --write          puts tables and charts into docs/
//   --save FILE      keeps the figures
//   --compare FILE   names what has become worse than in a run that was kept, beyond the spread, and ends with 1
import { readFileSync, writeFileSync } from 'node:fs';
import { ensureInstalled, run } from '../../scripts/run.mjs';
import { optionsOf } from './options.mjs';
import { writePage } from './page.mjs';
import { parts } from './parts.mjs';
import { makeWorkshop } from './peers.mjs';
import { isQuiet, regressions, savedRun } from './saved-run.mjs';

const options = optionsOf(process.argv.slice(2));
const earlier = options.compare && JSON.parse(readFileSync(options.compare, 'utf8'));
const quiet = isQuiet();
if (!quiet) console.log('The machine is busy with something else: figures by the clock will say little.');
const wanted = parts.filter(({ name, when }) => {
  return options.only ? name === options.only : when === undefined || (when === 'exact' && !options.quick);
});
if (wanted.length === 0) throw new Error(`--only is one of ${parts.map(({ name }) => name).join(', ')}.`);

// So that what was started and written aside is cleared away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
ensureInstalled();
run(process.execPath, ['scripts/build.mjs']);
const workshop = makeWorkshop();
const results = {};
for (const { name, measure } of wanted) {
  console.log(`\n${name} …`);
  results[name] = await measure(workshop, options);
  console.log(`\n${results[name].markdown}`);
}

const measured = savedRun(workshop, { ...options, quiet }, results);
if (options.write) writePage(measured, results);
if (options.save) writeFileSync(options.save, `${JSON.stringify(measured, undefined, 2)}\n`);
if (earlier) {
  const worse = regressions(earlier, measured);
  for (const line of worse) console.log(`worse: ${line}`);
  console.log(`\n${worse.length} regressions beyond the spread, compared with ${options.compare}.`);
  if (worse.length > 0) process.exitCode = 1;
}
