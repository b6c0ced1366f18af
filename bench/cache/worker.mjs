// The cache of verified tokens in one process: how much memory an entry takes, and what looking in vain costs. Started with
// --expose-gc.
import { asReceived, authWith } from '../auth.mjs';
import { AUDIENCE, makeKeys, minter, startIssuer } from '../guards/tokens.mjs';
import { compare } from '../rounds.mjs';

const LANES = 16;
/** Code and buffers that the first tokens bring about are not the cache's. */
const FIRST = 500;

const { rounds, milliseconds, fresh, sizes } = JSON.parse(process.argv[2]);
const keys = makeKeys();
const { issuer, close } = await startIssuer(keys);
const options = { discoveryUrl: issuer, audience: AUDIENCE };
const { auth: remembering } = await authWith(options);
const { auth: forgetting } = await authWith({ ...options, cache: { verifiedTokens: 0 } });

const penalty = {};
for (const algorithm of Object.keys(keys)) penalty[algorithm] = await compareOn(algorithm);
const bytes = {};
for (const size of sizes) bytes[size] = { once: await bytesAnEntry(size, 1), again: await bytesAnEntry(size, 2) };
close();
process.on('disconnect', () => process.exit());
process.send({ penalty, bytes });

/** The pool is several times what is remembered, and shown in turn, so that no token is met again while it is known. */
async function compareOn(algorithm) {
  const tokens = await many(algorithm, fresh);
  const [one] = tokens;
  const inTurn = () => {
    let at = 0;
    return () => tokens[at++ % tokens.length];
  };
  const [first, second] = [inTurn(), inTurn()];
  return compare(
    {
      off: () => forgetting.verify(first()),
      misses: () => remembering.verify(second()),
      hits: () => remembering.verify(one),
    },
    { base: 'off', rounds, milliseconds },
  );
}

/** What the heap has more of after so many tokens than before, where all are remembered and where none is. */
async function bytesAnEntry(entries, times) {
  const remembered = await grownBy(entries, times, { verifiedTokens: FIRST + entries });
  const forgotten = await grownBy(entries, times, { verifiedTokens: 0 });
  return (remembered - forgotten) / entries;
}

async function grownBy(count, times, cache) {
  const { auth, close: end } = await authWith({ ...options, cache });
  const mint = minter('ES256', keys.ES256.privateJwk, issuer);
  const verifySome = async (some) => {
    for (let done = 0; done < some; done++) {
      const token = asReceived(await mint());
      for (let time = 0; time < times; time++) await auth.verify(token);
    }
  };
  await verifySome(FIRST);
  const before = used();
  await verifySome(count);
  const grown = used() - before;
  await end();
  return grown;
}

function used() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function many(algorithm, count) {
  const mint = minter(algorithm, keys[algorithm].privateJwk, issuer);
  const tokens = [];
  const lane = async () => {
    while (tokens.length < count) tokens.push(asReceived(await mint()));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return tokens;
}
