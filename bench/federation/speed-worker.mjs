// Verification where one issuer is trusted, and where many are: tokens of one of them, or of all in turn.
import { trusting } from './app.mjs';
import { compare } from '../rounds.mjs';
import { ALGORITHMS, minter, mintMany } from './tokens.mjs';
import { answer } from './worker.mjs';

/** How many tokens are remembered, and more than that: shown in turn, none of the latter is met while it is known. */
const REMEMBERED = 600;
const FRESH = 1_200;

answer(async ({ peers, rounds, milliseconds }) => {
  const options = { cache: { verifiedTokens: REMEMBERED } };
  const { auth: one } = await trusting([peers[0].nest], options);
  const { auth: many } = await trusting(
    peers.map(({ nest }) => nest),
    options,
  );
  const measured = {};
  for (const [at, algorithm] of ALGORITHMS.entries()) {
    const minters = peers.map(({ nest, signers }) => minter(nest, signers[at]));
    const ofOne = await mintMany(minters.slice(0, 1), FRESH);
    const ofAll = await mintMany(minters, FRESH);
    for (const token of ofAll) await many.verify(token);
    await one.verify(ofOne[0]);
    const side = async (tokens) => {
      const contenders = {
        one: inTurn(one, ofOne.slice(0, tokens)),
        'one of many': inTurn(many, ofOne.slice(0, tokens)),
        many: inTurn(many, ofAll.slice(0, tokens)),
      };
      return compare(contenders, { base: 'one', rounds, milliseconds });
    };
    measured[algorithm] = { cached: await side(REMEMBERED / 2), fresh: await side(FRESH) };
  }
  return measured;
});

function inTurn(auth, tokens) {
  let at = 0;
  return () => auth.verify(tokens[at++ % tokens.length]);
}
