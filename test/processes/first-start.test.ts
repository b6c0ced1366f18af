import { expect, it } from '@jest/globals';
import { clusterOf } from './support/cluster.js';
import { describeStores } from './support/stores.js';

describeStores('eight processes that start at once on an empty store', (store) => {
  const cluster = clusterOf(store.create);
  /** On MongoDB the store asks for the time by a note, which belongs to nobody. */
  const dump = async () => (await cluster().database.dump()).replace(/^.*"the clock".*$/m, '');

  it('end with one schema and one signing key, and accept each other’s tokens', async () => {
    const workers = await cluster().addMany(8);
    expect(await cluster().database.signingKeys()).toHaveLength(1);
    const tokens = await Promise.all(workers.map(async (worker) => (await cluster().logIn(worker)).accessToken));
    for (const { client } of workers) {
      const answers = await Promise.all(tokens.map((bearer) => client.get('/me', {}, { bearer })));
      expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 200));
    }
    const keySets = await Promise.all(workers.map(({ client }) => client.get('/auth/v2/.well-known/jwks.json')));
    expect(new Set(keySets.map(({ text }) => text)).size).toBe(1);
  }, 120_000);

  it('refuse to start with another encryption key, and change nothing', async () => {
    const before = await dump();
    const other = 'another encryption key of forty-two letters';
    for (const encryptionKey of [other, [other, `${other}!`]]) {
      const worker = await cluster().fork();
      const boot = worker.start(cluster().config({ encryptionKey }));
      await expect(boot).rejects.toThrow(/broker\.encryptionKey: what the store holds was sealed under another key/);
      await worker.kill();
    }
    expect(await dump()).toBe(before);
  }, 120_000);
});
