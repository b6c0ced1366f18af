// What others wait for while peers do not answer. Instead of the tokens of such a peer, as many of one that answers come where
// nobody hangs.
import { clearInterval, setInterval } from 'node:timers';
import { trusting } from './app.mjs';
import { quantile } from '../rounds.mjs';
import { ALGORITHMS, minter, mintMany } from './tokens.mjs';
import { answer } from './worker.mjs';

const ES256 = ALGORITHMS.indexOf('ES256');
const LANES = 8;
/** Milliseconds between two tokens of each peer that hangs. */
const EVERY = 20;
/** Requests end, and are tried again, several times within what is measured. */
const TIMES = { timeout: 1, cache: { verifiedTokens: 0, cooldown: 1 } };

answer(async ({ peers, silent, many, rounds, milliseconds }) => {
  const trusted = [...peers.map(({ nest }) => nest), ...silent];
  const tokensOf = (issuers) =>
    mintMany(
      issuers.map(({ issuer, signer }) => minter(issuer, signer)),
      issuers.length,
    );
  const others = await tokensOf(peers.map(({ nest, signers }) => ({ issuer: nest, signer: signers[ES256] })));
  const [{ signers }] = peers;
  const hanging = await tokensOf(silent.map((issuer) => ({ issuer, signer: signers[ES256] })));
  const scenes = {
    none: Array.from({ length: many }, () => others[0]),
    one: [...hanging.slice(0, 1), ...Array.from({ length: many - 1 }, () => others[0])],
    many: hanging.slice(0, many),
  };
  const names = Object.keys(scenes);
  const measured = Object.fromEntries(names.map((name) => [name, { known: [], first: [], unanswered: 0 }]));
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + 1) % names.length];
      const told = await scene(trusted, others, scenes[name], milliseconds);
      if (round < 0) continue;
      measured[name].known.push(told.known);
      measured[name].first.push(told.first);
      measured[name].unanswered += told.unanswered;
    }
  }
  return measured;
});

/** @returns { p50, p99 } of first tokens and of later ones in milliseconds, and how many tokens found nobody to prove them */
async function scene(trusted, others, besides, milliseconds) {
  const { auth, close } = await trusting(trusted, TIMES);
  let unanswered = 0;
  const show = (token) =>
    auth.verify(token).catch((error) => {
      if (error.status !== 503) throw error;
      unanswered += 1;
    });
  const timer = setInterval(() => besides.forEach(show), EVERY);
  const timed = async (token) => {
    const begin = performance.now();
    await auth.verify(token);
    return performance.now() - begin;
  };
  const first = [];
  for (const token of others) first.push(await timed(token));
  const known = [];
  const end = performance.now() + milliseconds;
  const lane = async (number) => {
    for (let at = number; performance.now() < end; at += LANES) known.push(await timed(others[at % others.length]));
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  clearInterval(timer);
  await close();
  const of = (times) => ({ p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
  return { known: of(known), first: of(first), unanswered };
}
