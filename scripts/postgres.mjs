// `node scripts/postgres.mjs`: an empty PostgreSQL database that needs no installation. Prints its URL; Ctrl-C ends and
// forgets it.
import { ensureInstalled } from './run.mjs';

ensureInstalled();
await import('../test/support/typescript.mjs');
const { PostgresServer } = await import('../test/support/postgres.ts');
const server = await PostgresServer.start();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => void server.close().then(() => process.exit(0)));
}
console.log(server.url(await server.createDatabase()));
