// First tokens of issuers, among many trusted ones and of the only one.
import { number, table } from '../report.mjs';
import { quantile } from '../rounds.mjs';
import { measuredIn } from './worker.mjs';

const TOLD = {
  metadata: 'metadata, then keys: 2 requests',
  family: 'the family’s path below a prefix: 3 requests',
  configured: '`jwksUri`: 1 request',
  kept: 'after a restart, keys kept in SQLite: none',
};

export async function measureFirstToken({ peers }, folder, { rounds, alone }) {
  const measured = await measuredIn('first-token-worker.mjs', { peers, folder, rounds, alone });
  const milliseconds = (times, part) => `${number(quantile(times, part))} ms`;
  const rows = Object.entries(measured).map(([name, { among, only, burst }]) => [
    TOLD[name],
    milliseconds(only, 0.5),
    milliseconds(among, 0.5),
    milliseconds(among, 0.99),
    milliseconds(burst, 0.5),
    milliseconds(burst, 0.99),
  ]);
  const size = peers.length;
  const head = [
    'first token of an issuer',
    'the only one, p50',
    `one of ${size}, p50`,
    'p99',
    `${size} at once, p50`,
    'p99',
  ];
  return table(head, rows);
}
