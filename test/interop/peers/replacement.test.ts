import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectWireError } from '../../support/expect-wire.js';
import { expectAccepted, expectRefused } from './support/expectations.js';
import type { Instance } from './support/instance.js';
import { Network } from './support/network.js';
import type { OwnInstance } from './support/own-instance.js';
import type { PythonInstance } from './support/python-instance.js';
import { tokenOf } from './support/tokens.js';

describe.each(['2604.3.0', 'newest'] as const)('when a Python instance (%s) is replaced by one of ours', (version) => {
  let network: Network;
  let peers: Instance[];
  let peerOfOurs: OwnInstance;
  let replaced: PythonInstance;
  let ours: OwnInstance;
  let before: string;

  beforeAll(async () => {
    network = await Network.open();
    replaced = await network.python(version, 'ours on Express');
    peerOfOurs = await network.own('ours on Fastify', { adapter: 'fastify' });
    peers = [
      peerOfOurs,
      await network.python('2604.3.0', 'Python 2604.3.0', { cooldown: 0 }),
      await network.python('newest', 'Python newest', { cooldown: 0 }),
    ];
    before = await tokenOf(replaced);
    for (const peer of peers) await expectAccepted(peer, before);
    await replaced.down();
    ours = await network.own('ours on Express');
  });
  afterAll(() => network.close());

  it('the network takes the tokens of the new one, under the same name', async () => {
    expect(ours.issuer).toBe(replaced.issuer);
    const token = await tokenOf(ours);
    for (const peer of peers) await expectAccepted(peer, token);
  });

  it('the new one takes the tokens of the network', async () => {
    for (const peer of peers) await expectAccepted(ours, await tokenOf(peer));
  });

  it('those who hold tokens of the old one log in again', async () => {
    await expectRefused(ours, before, 'token_type');
    const form = { grant_type: 'refresh_token', 'refresh-token': before };
    expectWireError(await ours.client.post('/auth/v2/token', form), 400, 'invalid_grant');
  });

  it('and the way back is open', async () => {
    const token = await tokenOf(ours);
    await ours.down();
    await replaced.up();
    await expectAccepted(replaced, before);
    for (const peer of peers) await expectAccepted(replaced, await tokenOf(peer));
    // it has just looked for unknown keys of this issuer, and does so once in a while only
    peerOfOurs.clock.pass(30);
    for (const peer of peers) await expectAccepted(peer, await tokenOf(replaced));
    await expectRefused(replaced, token, 'key_unknown');
  });
});
