// How often keys are fetched while a clock is moved, in whole hours, and what stays in memory of it.
import { setImmediate } from 'node:timers/promises';
import { trusting } from './app.mjs';
import { minter, mintMany } from './tokens.mjs';
import { answer } from './worker.mjs';

const HOUR = 3_600;
/** Longer than any clock here runs, in seconds. */
const LIFETIME = 1_000 * HOUR;

answer(async ({ traffic, trusted, senders, hours }) => {
  const { every, unknown } = traffic;
  let ahead = 0;
  const { fetch: counting, settled, counted } = counter();
  const now = () => Date.now() + ahead * 1000;
  const { auth, close } = await trusting(trusted, { now, fetch: counting });
  const change = unknown ? { change: { kid: 'nobody-has-it' } } : {};
  const minters = senders.map(({ issuer, signer }) => minter(issuer, signer, { lifetime: LIFETIME, ...change }));
  const tokens = await mintMany(minters, minters.length);

  const step = async () => {
    for (const token of tokens) await auth.verify(token).catch(() => undefined);
    await settled();
    ahead += every;
  };
  const pass = async (seconds) => {
    for (const end = ahead + seconds; ahead < end;) await step();
  };
  await pass(HOUR);
  counted();
  const before = used();
  await pass(hours * HOUR);
  const grown = used() - before;
  await close();
  const { metadata = 0, keys = 0 } = counted();
  return { metadata: metadata / hours, keys: keys / hours, grown };
});

function counter() {
  const pending = new Set();
  let counts = {};
  const ask = async (url, init) => {
    const kind = url.includes('oauth-authorization-server') ? 'metadata' : 'keys';
    counts[kind] = (counts[kind] ?? 0) + 1;
    const answered = readWhole(url, init);
    pending.add(answered);
    try {
      return await answered;
    } finally {
      pending.delete(answered);
    }
  };
  return {
    fetch: ask,
    /** Nothing is under way, and what was answered has been taken in. */
    settled: async () => {
      for (let quiet = 0; quiet < 3; quiet = pending.size === 0 ? quiet + 1 : 0) {
        await Promise.allSettled(pending);
        await setImmediate();
      }
    },
    counted: () => {
      const done = counts;
      counts = {};
      return done;
    },
  };
}

async function readWhole(url, init) {
  const answer = await fetch(url, init);
  return new globalThis.Response(await answer.arrayBuffer(), { status: answer.status, headers: answer.headers });
}

function used() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
