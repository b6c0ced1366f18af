// Boot and memory by the number of trusted issuers, each time in a new process.
import { join } from 'node:path';
import { number, table } from '../report.mjs';
import { median, medianAndSpread } from '../rounds.mjs';
import { minter } from './tokens.mjs';
import { measuredIn } from './worker.mjs';

/** Where nobody is asked for anything, issuers need not be there. */
const NAMED = [1, 200, 2_000, 10_000];

export async function measureMemory({ peers }, folder, { processes }) {
  const sizes = [1, Math.ceil(peers.length / 2), peers.length];
  const tokens = await Promise.all(
    peers.map(({ nest, signers }) => Promise.all(signers.map((signer) => minter(nest, signer)()))),
  );
  const measured = await inTurn(sizes, processes, async (size, round) => {
    const store = `sqlite:///${join(folder, `memory-${size}-${round}.sqlite`)}`;
    const input = { trusted: peers.slice(0, size).map(({ nest }) => nest), store, tokens };
    const { known: fetched } = await measuredIn('size-worker.mjs', { ...input, bare: true });
    return { ...(await measuredIn('size-worker.mjs', input)), fetched };
  });
  const rows = sizes.map((size) => [
    size.toLocaleString('en'),
    `${number(median(measured[size].map(({ known }) => known)) / 2 ** 20)} MiB`,
    ...['booted', 'known', 'fetched', 'resident'].map((what) => {
      const more = measured[size].map((one, at) => (one[what] - measured[1][at][what]) / (size - 1) / 1_024);
      const { value, spread } = medianAndSpread(more);
      return size === 1 ? '' : `${number(value)} ± ${number(spread)} KiB`;
    }),
  ]);
  const head = [
    'trusted issuers',
    'heap of the application, keys in use',
    'of one issuer, booted',
    'of one issuer, 3 keys in use',
    'of which fetch alone keeps',
    'resident set, of one issuer',
  ];
  return table(head, rows);
}

export async function measureBoot({ peers }, folder, { processes }) {
  const named = (size) => Array.from({ length: size }, (_, at) => `https://peer-${at}.example.org/api`);
  const fresh = await inTurn(NAMED, processes, (size) => bootTime(named(size), 'memory:'));
  const tokens = await Promise.all(peers.map(({ nest, signers: [signer] }) => minter(nest, signer)()));
  const again = await inTurn([1, peers.length], processes, async (size) => {
    const trusted = peers.slice(0, size).map(({ nest }) => nest);
    const store = `sqlite:///${join(folder, `boot-${size}.sqlite`)}`;
    await measuredIn('size-worker.mjs', { trusted, store, tokens });
    return bootTime(trusted, store);
  });
  const rows = (measured, store) =>
    Object.entries(measured).map(([size, times]) => [
      `${Number(size).toLocaleString('en')}, ${store}`,
      `${number(median(times))} ms`,
      Number(size) === 1 ? '' : told(medianAndSpread(times.map((time, at) => time - measured[1][at]))),
    ]);
  const head = ['trusted issuers', 'boot', 'over one issuer'];
  return table(head, [...rows(fresh, 'memory store'), ...rows(again, 'SQLite, keys kept')]);
}

async function bootTime(trusted, store) {
  const { milliseconds } = await measuredIn('size-worker.mjs', { trusted, store });
  return milliseconds;
}

/** Sizes take turns, each round in another order; the first round reads files from the disk, and does not count. */
async function inTurn(sizes, rounds, measure) {
  const measured = Object.fromEntries(sizes.map((size) => [size, []]));
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < sizes.length; turn++) {
      const size = sizes[(turn + round + 1) % sizes.length];
      const one = await measure(size, round);
      if (round >= 0) measured[size].push(one);
    }
  }
  return measured;
}

function told({ value, spread }) {
  return `${value < 0 ? '−' : '+'}${number(Math.abs(value))} ± ${number(spread)} ms`;
}
