// How long the first token of an issuer takes, with its keys fetched or read from the store.
import { join } from 'node:path';
import { trusting } from './app.mjs';
import { ALGORITHMS, minter } from './tokens.mjs';
import { answer } from './worker.mjs';

const RS256 = ALGORITHMS.indexOf('RS256');

answer(async ({ peers, folder, rounds, alone }) => {
  const kinds = await kindsOf(peers);
  const times = Object.fromEntries(kinds.map(({ name }) => [name, { among: [], only: [], burst: [] }]));
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < kinds.length; turn++) {
      const { name, entries, tokens, kept } = kinds[(turn + round + 1) % kinds.length];
      const counts = round >= 0;
      const store = (what) => (kept ? `sqlite:///${join(folder, `first-${what}.sqlite`)}` : 'memory:');
      const told = (list, values) => counts && times[name][list].push(...values);
      if (kept) await keep(entries, tokens, store('all'));
      told('among', await firstTokens(entries, tokens, store('all'), oneByOne));
      told('burst', await firstTokens(entries, tokens, store('all'), atOnce));
      for (let at = 0; at < alone; at++) {
        const [entry, token] = [entries.slice(at, at + 1), tokens.slice(at, at + 1)];
        if (kept) await keep(entry, token, store(at));
        told('only', await firstTokens(entry, token, store(at), oneByOne));
      }
    }
  }
  return times;
});

async function kindsOf(peers) {
  const mint = (issuer) => Promise.all(peers.map((peer) => minter(peer[issuer], peer.signers[RS256])()));
  const [nest, python] = [await mint('nest'), await mint('python')];
  const jwksUri = (issuer) => `${issuer}/auth/v2/.well-known/jwks.json`;
  return [
    { name: 'metadata', entries: peers.map((peer) => peer.nest), tokens: nest },
    { name: 'family', entries: peers.map((peer) => peer.python), tokens: python },
    {
      name: 'configured',
      entries: peers.map((peer) => ({ issuer: peer.python, jwksUri: jwksUri(peer.python) })),
      tokens: python,
    },
    { name: 'kept', entries: peers.map((peer) => peer.nest), tokens: nest, kept: true },
  ];
}

/** Fills the store with keys, unless it has them. */
async function keep(entries, tokens, store) {
  const { auth, close } = await trusting(entries, { store });
  await Promise.all(tokens.map((token) => auth.verify(token)));
  await close();
}

async function firstTokens(entries, tokens, store, inOrder) {
  const { auth, close } = await trusting(entries, { store });
  const times = await inOrder(tokens, async (token) => {
    const begin = performance.now();
    await auth.verify(token);
    return performance.now() - begin;
  });
  await close();
  return times;
}

async function oneByOne(tokens, operation) {
  const times = [];
  for (const token of tokens) times.push(await operation(token));
  return times;
}

function atOnce(tokens, operation) {
  return Promise.all(tokens.map(operation));
}
