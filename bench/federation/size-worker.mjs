// So many trusted issuers in one application: how long it takes to boot, and what it holds; or, instead of the application,
// what fetch alone holds. All tokens are given to all sizes, and only those of trusted issuers are shown.
import { setTimeout } from 'node:timers/promises';
import { trusting } from './app.mjs';
import { answer } from './worker.mjs';

answer(async ({ trusted, store, tokens = [], bare = false }) => {
  const before = used();
  const begin = performance.now();
  const verify = bare ? undefined : await application(trusted, store);
  const milliseconds = performance.now() - begin;
  const booted = used() - before;
  if (bare) for (const issuer of trusted) await (await fetch(`${issuer}/keys`)).json();
  else for (const token of tokens.slice(0, trusted.length).flat()) await verify(token);
  await connectionsGone();
  const known = used() - before;
  // the tokens are named once more, so that they are in memory until here
  return { milliseconds, booted, known, resident: process.memoryUsage.rss(), tokens: tokens.length };
});

async function application(trusted, store) {
  const { auth } = await trusting(trusted, { store, cache: { verifiedTokens: 0 } });
  return (token) => auth.verify(token);
}

function used() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function connectionsGone() {
  const end = performance.now() + 30_000;
  while (process.getActiveResourcesInfo().includes('TCPSocketWrap')) {
    if (performance.now() > end) throw new Error('Connections stayed open.');
    await setTimeout(20);
  }
}
