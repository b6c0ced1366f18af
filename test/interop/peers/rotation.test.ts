import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { headerOf } from '../../support/keys.js';
import { expectAccepted } from './support/expectations.js';
import { newSite } from './support/instance.js';
import { Network } from './support/network.js';
import { ShiftedClock } from './support/shifted-clock.js';
import { tokenOf } from './support/tokens.js';

let network: Network;
beforeAll(async () => {
  network = await Network.open();
});
afterAll(() => network.close());

it('nobody refuses a token while an instance of ours changes its key by age', async () => {
  // all of it happens within the last five minutes: a token from the future is none to a Python peer
  const clock = new ShiftedClock(-290);
  const auth = { clockTolerance: 300 };
  const signing = { algorithm: 'RS256', rotateAfter: 200, publishBefore: 100 } as const;
  const rotating = await network.own('ours on Express', { clock, auth, broker: { signing } });
  const published = async () => {
    const { json } = await rotating.client.get('/auth/v2/.well-known/jwks.json');
    return (json.keys as { kid: string }[]).map(({ kid }) => kid);
  };

  const first = await tokenOf(rotating);
  const knowTheFirst = [
    await network.python('2604.3.0', 'Python 2604.3.0', { cooldown: 0 }),
    await network.python('newest', 'Python newest', { cooldown: 0 }),
    await network.own('ours on Fastify', { adapter: 'fastify' }),
  ];
  expect(await published()).toEqual([headerOf(first).kid]);
  for (const peer of knowTheFirst) await expectAccepted(peer, first);

  clock.pass(signing.publishBefore + 10);
  const both = await published();
  expect(both).toHaveLength(2);
  const knowBoth = [
    await network.python('2604.3.0', await newSite()),
    await network.python('newest', await newSite()),
    await network.own(await newSite()),
  ];
  for (const peer of knowBoth) await expectAccepted(peer, first);

  clock.pass(signing.publishBefore + 10);
  const second = await tokenOf(rotating);
  expect([headerOf(first).kid, headerOf(second).kid]).toEqual(both);
  await rotating.down();
  for (const peer of knowBoth) await expectAccepted(peer, second);
  await rotating.up();
  for (const peer of knowTheFirst) await expectAccepted(peer, second);
  for (const peer of [...knowTheFirst, ...knowBoth, rotating]) await expectAccepted(peer, first);
});
