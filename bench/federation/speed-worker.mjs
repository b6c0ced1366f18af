// Verification where one issuer is trusted, and where many are: tokens of one of them, or of all in turn. Beside it, how much
// bare signature checks lose to keys that take turns.
import { createPublicKey, verify } from 'node:crypto';
import { trusting } from './app.mjs';
import { compare } from '../rounds.mjs';
import { ALGORITHMS, minter, mintMany } from './tokens.mjs';
import { answer } from './worker.mjs';

/** How many tokens are remembered, and more than that: shown in turn, none of the latter is met while it is known. */
const REMEMBERED = 600;
const FRESH = 1_200;

answer(async ({ peers, rounds, milliseconds }) => {
  const options = { cache: { verifiedTokens: REMEMBERED } };
  const trusted = peers.map(({ nest }) => nest);
  const { auth: one } = await trusting(trusted.slice(0, 1), options);
  const { auth: many } = await trusting(trusted, options);
  const settings = { base: 'one', rounds, milliseconds };
  const measured = {};
  for (const [at, algorithm] of ALGORITHMS.entries()) {
    const minters = peers.map(({ nest, signers }) => minter(nest, signers[at]));
    const ofOne = await mintMany(minters.slice(0, 1), FRESH);
    const ofAll = await mintMany(minters, FRESH);
    // keys are fetched before anything is measured
    for (const token of ofAll) await many.verify(token);
    await one.verify(ofOne[0]);
    const side = (count) =>
      compare(
        {
          one: inTurn(ofOne.slice(0, count), (token) => one.verify(token)),
          same: inTurn(ofOne.slice(0, count), (token) => many.verify(token)),
          all: inTurn(ofAll.slice(0, count), (token) => many.verify(token)),
        },
        settings,
      );
    const keys = peers.map(({ signers }) => createPublicKey({ key: signers[at].publicJwk, format: 'jwk' }));
    const check = checkOf(algorithm);
    const bare = {
      one: inTurn(signatures(ofOne, keys.slice(0, 1)), check),
      all: inTurn(signatures(ofAll, keys), check),
    };
    measured[algorithm] = {
      known: await side(REMEMBERED / 2),
      fresh: await side(FRESH),
      bare: await compare(bare, settings),
    };
  }
  return measured;
});

function inTurn(list, operation) {
  let at = 0;
  return () => operation(list[at++ % list.length]);
}

/** Tokens are of these keys in turn. */
function signatures(tokens, keys) {
  return tokens.map((token, at) => {
    const end = token.lastIndexOf('.');
    return {
      key: keys[at % keys.length],
      bytes: Buffer.from(token.slice(0, end)),
      signature: Buffer.from(token.slice(end + 1), 'base64url'),
    };
  });
}

function checkOf(algorithm) {
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  return async ({ key, bytes, signature }) => {
    if (!verify(digest, bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)) throw new Error('A signature is bad.');
  };
}
