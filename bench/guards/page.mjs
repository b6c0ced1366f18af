import { readFileSync, writeFileSync } from 'node:fs';
import { root } from '../../scripts/run.mjs';

/** Puts each part between its own marks in docs/performance.md, and its chart beside it. */
export function writePage({ machine, pinned, quick, versions }, results) {
  const file = `${root}docs/performance.md`;
  let page = readFileSync(file, 'utf8');
  const where = `Measured on ${machine}${pinned ? ', the load on a core of its own' : ''}${quick ? ', in a quick run' : ''}.`;
  for (const [name, { markdown, chart, versioned }] of Object.entries(results)) {
    const marks = new RegExp(`(<!-- measured: ${name} -->\\n)[^]*?(\\n<!-- end -->)`);
    if (!marks.test(page)) throw new Error(`docs/performance.md has no place for ${name}.`);
    const text = [where, ...(versioned ? [`Versions: ${versions}.`] : []), markdown].join('\n\n');
    page = page.replace(marks, (_, begin, end) => `${begin}\n${text}\n${end}`);
    if (chart) writeFileSync(`${root}docs/performance-${name}.svg`, chart);
  }
  writeFileSync(file, page);
}
