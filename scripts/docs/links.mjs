import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const LINKS = [
  /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
  /^\s*\[[^\]^]+\]:\s*<?([^\s>]+)/g,
  /\s(?:href|src)="([^"]+)"/g,
];

/** Relative links and anchors that lead nowhere; what is outside the repository is not asked for. */
export function brokenLinks(pages) {
  const problems = [];
  for (const [file, { prose }] of pages) {
    for (const [index, text] of prose.entries()) {
      for (const link of LINKS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, target]) => target))) {
        const message = problemWith(link, file, pages);
        if (message) problems.push({ file, line: index + 1, message });
      }
    }
  }
  return problems;
}

function problemWith(link, file, pages) {
  if (/^([a-z][a-z\d+.-]*:|\/\/)/i.test(link)) return undefined;
  const [path, anchor] = decodeURIComponent(link).split('#');
  const target = path === '' ? file : normalize(join(path.startsWith('/') ? '.' : dirname(file), path));
  if (target.startsWith('..')) return `link leaves the repository: ${link}`;
  if (!existsSync(target)) return `link to a file that is not there: ${link}`;
  const page = pages.get(target);
  if (anchor && page && !page.anchors.has(anchor.toLowerCase())) return `link to a heading that is not there: ${link}`;
  return undefined;
}
