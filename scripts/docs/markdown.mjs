const FENCE = /^(\s*(?:>\s?)*)(`{3,}|~{3,})\s*(.*)$/;

/**
 * A page's code blocks (`line` is that of the opening fence, from 1), its headings' anchors, and its prose, line by line,
 * with the code blanked out.
 */
export function parseMarkdown(text) {
  const blocks = [];
  const prose = [];
  let open;
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', marks = '', info = ''] = FENCE.exec(line) ?? [];
    if (open) {
      prose.push('');
      if (marks.startsWith(open.marks) && info === '') {
        blocks.push(open);
        open = undefined;
      } else {
        open.code.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
      }
    } else if (marks) {
      prose.push('');
      open = { line: index + 1, info: info.trim(), marks, indent, code: [] };
    } else {
      prose.push(line);
    }
  }
  return { blocks, prose: prose.map(withoutInlineCode), anchors: anchorsOf(prose) };
}

function withoutInlineCode(line) {
  return line.replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, '');
}

/** Anchors as GitHub makes them. */
function anchorsOf(lines) {
  const anchors = new Set();
  for (const line of lines) {
    for (const [, id] of line.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id);
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = slugOf(heading);
    let anchor = slug;
    for (let repeated = 1; anchors.has(anchor); repeated++) anchor = `${slug}-${repeated}`;
    anchors.add(anchor);
  }
  return anchors;
}

function slugOf(heading) {
  return heading
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}
