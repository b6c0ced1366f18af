// One of the processes under load.
import { startApp } from './app.mjs';

const failures = [];
const { app, origin } = await startApp(JSON.parse(process.argv[2]), (event) => failures.push(event));

process.on('message', async (verb) => {
  if (verb === 'state') process.send({ memory: process.memoryUsage.rss(), failures: failures.splice(0) });
  else {
    await app.close();
    process.send({});
  }
});
process.on('disconnect', () => process.exit());
process.send({ origin });
