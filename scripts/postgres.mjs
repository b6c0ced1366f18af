// `node scripts/postgres.mjs`: an empty PostgreSQL database that needs no installation. Prints its URL; Ctrl-C ends and
// forgets it.
import { ensureInstalled, run } from './run.mjs';

ensureInstalled();
run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'scripts/tsconfig.json']);
const { PostgresServer } = await import('./dist/postgres.js');
const server = await PostgresServer.start();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => void server.close().then(() => process.exit(0)));
}
console.log(server.url(await server.createDatabase()));
