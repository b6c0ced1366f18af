import { cpus, totalmem } from 'node:os';

/** A Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

export function number(value) {
  if (value >= 10_000) return `${Math.round(value / 1000).toLocaleString('en')} k`;
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2);
}

export function ratio({ ratio, spread }) {
  return `${ratio.toFixed(2)} ± ${spread.toFixed(2)}`;
}

/** A ratio as it is kept: by the clock, which only a quiet machine is good for, and by CPU time. */
export function compared(name, base, byClock, byCpu, ours) {
  const figure = ({ ratio: value, spread }) => ({ value, spread, better: 'more', ours });
  return [
    { name: `${name}: of ${base}`, ...figure(byClock), clock: true },
    { name: `${name}: of the CPU time of ${base}`, ...figure(byCpu) },
  ];
}

export function machine() {
  const [{ model } = { model: 'unknown' }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${model.trim()}), ${memory} GiB, Node.js ${process.version}, ${process.platform}`;
}

/**
 * Horizontal bars, one for each ratio, with a line at 1: what they are compared with.
 *
 * @param bars `goal` has a red mark, `strong` another colour
 * @param left room for the labels, in pixels
 */
export function chart(title, bars, { legend = 'of the bare driver = 1 (dashed); red: the goal', left = 230 } = {}) {
  const scale = 300;
  const height = 30 + bars.length * 24 + 20;
  const text = (x, y, content, extra = '') => `<text x="${x}" y="${y}"${extra}>${escape(content)}</text>`;
  const rows = bars.map(({ label, value, goal, strong }, index) => {
    const y = 40 + index * 24;
    const width = Math.max(1, Math.min(value, 1.4) * scale);
    const mark =
      goal === undefined
        ? ''
        : `<line x1="${left + goal * scale}" y1="${y - 12}" x2="${left + goal * scale}" y2="${y + 4}" stroke="#c33" stroke-width="2"/>`;
    return [
      text(left - 8, y, label, ' text-anchor="end"'),
      `<rect x="${left}" y="${y - 11}" width="${width.toFixed(1)}" height="14" fill="${strong ? '#2e7d4f' : '#4a7ebb'}"/>`,
      text(left + width + 6, y, value.toFixed(2)),
      mark,
    ].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + 1.4 * scale + 60}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${text(8, 18, title, ' font-weight="bold"')}
<line x1="${left + scale}" y1="26" x2="${left + scale}" y2="${height - 16}" stroke="#999" stroke-dasharray="3 3"/>
${rows.join('\n')}
${text(left, height - 4, legend, ' fill="#666"')}
</svg>
`;
}

function escape(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
