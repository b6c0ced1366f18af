// `npm run check:docs`: compiles every ```ts block of the documentation and every @example, and follows the links.
import { readFile } from 'node:fs/promises';
import { examplesIn } from './docs/examples.mjs';
import { files } from './docs/files.mjs';
import { brokenLinks } from './docs/links.mjs';
import { parseMarkdown } from './docs/markdown.mjs';
import { compile } from './docs/compile.mjs';

const pages = new Map();
for (const file of await files('.md')) pages.set(file, parseMarkdown(await readFile(file, 'utf8')));

const blocks = [];
for (const [file, page] of pages) blocks.push(...page.blocks.map((block) => ({ ...block, file })));
for (const file of await files('.ts')) {
  blocks.push(...examplesIn(await readFile(file, 'utf8')).map((block) => ({ ...block, file })));
}

const problems = [...compile(blocks), ...brokenLinks(pages)];
for (const { file, line, message } of problems) console.error(`${file}:${line} ${message}`);
console.log(
  `${pages.size} pages, ${blocks.filter(({ info }) => info === 'ts').length} blocks, ${problems.length} problems`,
);
if (problems.length > 0) process.exitCode = 1;
