import { readFileSync, writeFileSync } from 'node:fs';
import { root, run } from '../../scripts/run.mjs';

/** Puts each part between its own marks in docs/performance.md, and its chart beside it. */
export function writePage({ machine, pinned, quick, versions }, results) {
  const file = `${root}docs/performance.md`;
  let page = readFileSync(file, 'utf8');
  for (const [name, { markdown, chart, title, versioned }] of Object.entries(results)) {
    const marks = new RegExp(`(<!-- measured: ${name} -->\\n)[^]*?(\\n<!-- end -->)`);
    if (!marks.test(page)) throw new Error(`docs/performance.md has no place for ${name}.`);
    const where = pinned && versioned ? `${machine}, the load on a core of its own` : machine;
    const measured = `Measured on ${where}${quick ? ', in a quick run' : ''}.`;
    const picture = chart ? [`![${title}](performance-${name}.svg)`] : [];
    const text = [measured, ...(versioned ? [`Versions: ${versions}.`] : []), ...picture, markdown].join('\n\n');
    page = page.replace(marks, (_, begin, end) => `${begin}\n${text}\n${end}`);
    if (chart) writeFileSync(`${root}docs/performance-${name}.svg`, chart);
  }
  writeFileSync(file, page);
  run(process.execPath, ['node_modules/prettier/bin/prettier.cjs', '--log-level', 'warn', '--write', file]);
}
