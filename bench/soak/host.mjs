// One of the processes under load.
import { startApp } from './app.mjs';

const failures = [];
const { app, origin } = await startApp(JSON.parse(process.argv[2]), (event) => failures.push(event));

/** What is in use, not what was taken from the system and waits to be used again. */
function heap() {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

process.on('message', async (verb) => {
  if (verb === 'state') process.send({ memory: process.memoryUsage.rss(), heap: heap(), failures: failures.splice(0) });
  else {
    await app.close();
    process.send({});
  }
});
process.on('disconnect', () => process.exit());
process.send({ origin });
