import { parseMarkdown } from './markdown.mjs';

/** The code blocks in the doc comments of a source file; an `@example` without one is given as a block without code. */
export function examplesIn(source) {
  const blocks = [];
  for (const { 0: comment, index } of source.matchAll(/\/\*\*[^]*?\*\//g)) {
    const lineBefore = source.slice(0, index).split('\n').length - 1;
    const text = comment.replaceAll(/^[ \t]*\/?\*{1,2}(?:\/|[ \t]?)/gm, '');
    const found = parseMarkdown(text).blocks.map((block) => ({ ...block, line: block.line + lineBefore }));
    blocks.push(...found);
    if (/@example/.test(text) && found.length === 0) blocks.push({ line: lineBefore + 1, info: '@example', code: [] });
  }
  return blocks;
}
