// Requests an hour, counted while a clock is moved.
import { table } from '../report.mjs';
import { ALGORITHMS } from './tokens.mjs';
import { measuredIn } from './worker.mjs';

const ES256 = ALGORITHMS.indexOf('ES256');
/** Hours of tokens with unknown keys, which cause a hundred times the requests. */
const MOST_UNKNOWN = 2;

export async function measureFetches({ peers }, { hours }) {
  const nest = senders(peers, 'nest');
  const python = senders(peers, 'python');
  const gone = nest.slice(0, 1).map(({ signer }) => ({ issuer: 'http://127.0.0.1:1/gone', signer }));
  const steady = { every: 10 };
  const cases = [
    ['a token every 10 s, with metadata', steady, nest.slice(0, 1)],
    ['a token every 10 s, with metadata', steady, nest],
    ['a token every 10 s, by the family’s path below a prefix', steady, python],
    ['a token every 30 minutes, with metadata', { every: 1_800 }, nest],
    ['a token with an unknown `kid` every 5 s, with metadata', { every: 5, unknown: true }, nest],
    ['a token every second, and nobody at its address', { every: 1 }, gone],
  ];
  const rows = [];
  for (const [name, traffic, some] of cases) {
    const trusted = some.map(({ issuer }) => issuer);
    const counted = Math.min(hours, traffic.unknown ? MOST_UNKNOWN : hours);
    const input = { traffic, trusted, senders: some, hours: counted };
    const { metadata, keys, grown } = await measuredIn('fetches-worker.mjs', input);
    const anIssuer = (count) => Number((count / some.length).toFixed(2)).toLocaleString('en');
    rows.push([
      name,
      some.length.toLocaleString('en'),
      anIssuer(keys),
      anIssuer(metadata),
      Math.round(keys + metadata).toLocaleString('en'),
      `${(grown / 2 ** 20).toFixed(1).replace('-', '−')} MiB in ${counted} h`,
    ]);
  }
  const head = [
    'of each issuer',
    'issuers',
    'key sets an hour, of one',
    'metadata an hour, of one',
    'requests an hour, all',
    'heap, more than after the first hour',
  ];
  return table(head, rows);
}

function senders(peers, kind) {
  return peers.map((peer) => ({ issuer: peer[kind], signer: peer.signers[ES256] }));
}
