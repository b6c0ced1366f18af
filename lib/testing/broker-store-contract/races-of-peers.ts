import assert from 'node:assert/strict';
import type { BrokerStore } from '../../broker/store.js';
import { raceCase, type ContractCase } from './contract-case.js';
import { newPeer, withPeers } from './peer-keys.js';
import { race } from './race.js';
import { sealedText } from './samples.js';

/** How many try the same at once. */
const CROWD = 8;
/** Long enough to be written in pieces, in characters. */
const LONG = 65_536;

const keep = (peer: string, sealed: string) => (store: BrokerStore) => store.keepPeerKeys(peer, sealed);
const forget = (listed: readonly string[]) => (store: BrokerStore) => store.forgetPeersExcept(listed);

/** Many key sets of one peer. */
const keeps = (which: string, before: (store: BrokerStore, peer: string) => Promise<void>) =>
  raceCase(`keepPeerKeys, at once: one whole key set of ${which}`, async (views, round) => {
    await withPeers(views[0], async () => {
      const peer = newPeer();
      await before(views[0], peer);
      const contents = Array.from({ length: CROWD }, () => sealedText(LONG));
      await race(
        views,
        round,
        contents.map((sealed) => keep(peer, sealed)),
      );
      const left = await views[0].peerKeys(peer);
      assert.ok(
        contents.includes(left ?? ''),
        'keepPeerKeys, at once: has to leave one of the key sets, and all of it',
      );
      for (const view of views)
        assert.ok((await view.peerKeys(peer)) === left, 'keepPeerKeys, at once: every view has to read the same');
    });
  });

const forgets = raceCase('keepPeerKeys and forgetPeersExcept, at once: what is listed stays', async (views, round) => {
  await withPeers(views[0], async () => {
    const [known, fresh, stranger] = [newPeer(), newPeer(), newPeer()];
    const [before, after, strangers] = [sealedText(), sealedText(), sealedText()];
    for (const peer of [known, stranger]) await views[0].keepPeerKeys(peer, before);
    const keepsAndForgets = [keep(known, after), keep(fresh, after), keep(stranger, strangers)];
    const listed = [known, fresh];
    await race(views, round, [...keepsAndForgets, forget(listed), forget(listed), forget(listed)]);
    const promise = 'keepPeerKeys and forgetPeersExcept, at once: has to keep the new key set of a peer that is listed';
    assert.equal(await views[0].peerKeys(known), after, promise);
    assert.equal(await views[0].peerKeys(fresh), after, promise);
    const left = await views[0].peerKeys(stranger);
    assert.ok(left === undefined || left === strangers, 'forgetPeersExcept, at once: has to bring nothing back');
  });
});

export const racesOfPeers: readonly ContractCase[] = [
  keeps('a peer that nobody kept', async () => undefined),
  keeps('a peer that has one', (store, peer) => store.keepPeerKeys(peer, sealedText(LONG))),
  forgets,
];
