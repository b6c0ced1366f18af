// Verification with one trusted issuer and with many.
import { number, ratio, table } from '../report.mjs';
import { measuredIn } from './worker.mjs';

export async function measureSpeed({ peers }, rounds) {
  const measured = await measuredIn('speed-worker.mjs', { peers, ...rounds });
  const rows = Object.entries(measured).flatMap(([algorithm, sides]) =>
    Object.entries(sides).map(([side, { one, 'one of many': same, many }]) => [
      `${algorithm}, ${side === 'cached' ? 'known tokens' : 'always new tokens'}`,
      number(one.rate),
      ratio(same),
      ratio(many),
    ]),
  );
  const size = peers.length;
  const head = [
    'verification',
    '1 issuer /s',
    `${size} trusted, tokens of one: of that`,
    `tokens of all ${size}: of that`,
  ];
  return table(head, rows);
}
