// Verification with one trusted issuer and with many.
import { number, ratio, table } from '../report.mjs';
import { measuredIn } from './worker.mjs';

export async function measureSpeed({ peers }, rounds) {
  const measured = await measuredIn('speed-worker.mjs', { peers, ...rounds });
  const rows = Object.entries(measured).flatMap(([algorithm, { known, fresh, bare }]) => [
    [`${algorithm}, known tokens`, ...figures(known), ''],
    [`${algorithm}, always new tokens`, ...figures(fresh), ratio(bare.all)],
  ]);
  const size = peers.length;
  const head = [
    'verification',
    '1 trusted issuer /s',
    `${size} trusted, tokens of one of them`,
    `tokens of all ${size} in turn`,
    `bare signature checks, keys of all in turn`,
  ];
  return table(head, rows);
}

function figures({ one, same, all }) {
  return [number(one.rate), ratio(same), ratio(all)];
}
