import { brokerOn } from './broker.mjs';

const { parseStoreUrl } = await import('../../dist/broker/index.js');

const { url, encryptionKey, provider } = JSON.parse(process.argv[2]);
const { adapter } = parseStoreUrl(url);
const store =
  adapter === 'typeorm'
    ? (await import('../../dist/broker/typeorm/from-url.js')).typeOrmStoreFromUrl(url)
    : (await import('../../dist/broker/mongoose/from-url.js')).mongooseStoreFromUrl(url);
const broker = brokerOn(store, { encryptionKey, present: () => fetch(provider).then((answer) => answer.text()) });
await broker.start();

process.on('message', async (message) => {
  if (message === 'end') {
    await broker.close();
    process.exit(0);
  }
  const times = [];
  const successors = new Set();
  const refused = [];
  const refresh = async () => {
    const begin = performance.now();
    try {
      successors.add((await broker.refresh(message.token)).refresh_token);
    } catch (error) {
      refused.push(error.reason ?? error.message);
    }
    times.push(performance.now() - begin);
  };
  await Promise.all(Array.from({ length: message.count }, refresh));
  process.send({ times, successors: [...successors], refused });
});
process.send('ready');
