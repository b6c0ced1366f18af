import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startApp } from '../soak/app.mjs';
import { logIn } from '../soak/client.mjs';
import { compare } from '../rounds.mjs';

/** A whole log-in, by how many are under way at once; broker mode with the memory store, and a client in the same process. */
export async function logins({ rounds, milliseconds }) {
  const provider = fork(new URL('../soak/provider.mjs', import.meta.url));
  const [{ issuer }] = await once(provider, 'message');
  const { app, origin } = await startApp({
    issuer,
    store: 'memory:',
    encryptionKey: 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=',
    baseUrl: 'http://127.0.0.1:3000',
  });
  for (let count = 0; count < 50; count++) await logIn(origin);
  const measured = {};
  for (const width of [1, 16, 64, 256]) {
    const { one } = await compare(
      { one: () => logIn(origin) },
      { base: 'one', rounds: Math.min(rounds, 3), milliseconds: 4 * milliseconds, width },
    );
    measured[width] = { cost: 1e6 / one.rate };
  }
  await app.close();
  provider.disconnect();
  const first = measured[1].cost;
  return Object.fromEntries(
    Object.entries(measured).map(([width, { cost }]) => [width, { cost, times: cost / first, spread: 0 }]),
  );
}
