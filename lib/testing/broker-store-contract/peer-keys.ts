import assert from 'node:assert/strict';
import type { BrokerStore } from '../../broker/store.js';
import { contractCase, raceCase, type ContractCase } from './contract-case.js';
import { randomText, sealedText, swapCase } from './samples.js';

/** As large as a key set is allowed to be, in characters. */
const LARGE = 2 * 1024 * 1024;
/** As many peers as may be listed. */
const MANY = 10_000;

/** A peer of which no storage has heard. */
export const newPeer = (): string => randomText(43);

/** Forgets what the body kept, and with it the key sets of all other peers. */
export async function withPeers(store: BrokerStore, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } finally {
    await Promise.allSettled([store.forgetPeersExcept([])]);
  }
}

const peersCase = (name: string, body: (store: BrokerStore, other: BrokerStore) => Promise<void>) =>
  contractCase(name, (store, other) => withPeers(store, () => body(store, other)));

const keeping = peersCase('keepPeerKeys: the key set of this peer, until the next', async (store, other) => {
  const [peer, neighbour] = [newPeer(), newPeer()];
  const [first, second, neighbours] = [sealedText(), sealedText(), sealedText()];
  assert.equal(await store.peerKeys(peer), undefined, 'peerKeys: has to give nothing of a peer that nobody kept');
  await store.keepPeerKeys(peer, first);
  assert.equal(await other.peerKeys(peer), first, 'keepPeerKeys: has to keep the key set unchanged');
  assert.equal(await other.peerKeys(neighbour), undefined, 'keepPeerKeys: has to keep it for this peer alone');
  await other.keepPeerKeys(neighbour, neighbours);
  for (const sealed of [second, second, first]) {
    await other.keepPeerKeys(peer, sealed);
    assert.equal(await store.peerKeys(peer), sealed, 'keepPeerKeys: has to replace the key set of the peer');
  }
  assert.equal(await store.peerKeys(neighbour), neighbours, "keepPeerKeys: has to leave other peers' key sets alone");
});

const large = peersCase('a key set of 2 MiB comes back unchanged', async (store, other) => {
  const peer = newPeer();
  for (const sealed of [sealedText(LARGE), sealedText(LARGE), sealedText()]) {
    await store.keepPeerKeys(peer, sealed);
    const same = (await other.peerKeys(peer)) === sealed;
    assert.ok(same, `keepPeerKeys: ${sealed.length} characters have to come back unchanged`);
  }
});

const names = peersCase('peers that differ only by upper and lower case are two', async (store, other) => {
  const promise = 'peers have to be compared byte by byte, upper and lower case apart';
  const peer = newPeer();
  const twin = swapCase(peer);
  const [one, another] = [sealedText(), sealedText()];
  await store.keepPeerKeys(peer, one);
  assert.equal(await other.peerKeys(twin), undefined, promise);
  await other.keepPeerKeys(twin, another);
  assert.deepEqual([await store.peerKeys(peer), await store.peerKeys(twin)], [one, another], promise);
  await store.forgetPeersExcept([twin]);
  assert.deepEqual([await other.peerKeys(peer), await other.peerKeys(twin)], [undefined, another], promise);
});

const forgetting = peersCase('forgetPeersExcept: every peer but those that are listed', async (store, other) => {
  const [first, second, absent] = [newPeer(), newPeer(), newPeer()];
  const contents = [sealedText(), sealedText()] as const;
  const lists: readonly (readonly [says: string, listed: readonly string[], left: readonly (string | undefined)[]])[] =
    [
      ['all of them', [first, second], contents],
      ['one of them', [second], [undefined, contents[1]]],
      ['one of them twice, and one that nobody kept', [first, absent, first], [contents[0], undefined]],
      ['none of them', [absent], [undefined, undefined]],
      ['nobody', [], [undefined, undefined]],
    ];
  for (const [says, listed, left] of lists) {
    await store.keepPeerKeys(first, contents[0]);
    await store.keepPeerKeys(second, contents[1]);
    for (let times = 0; times < 2; times += 1) {
      await store.forgetPeersExcept(listed);
      const found = [await other.peerKeys(first), await other.peerKeys(second)];
      assert.deepEqual(found, left, `forgetPeersExcept, listing ${says}: has to forget the others alone`);
      assert.equal(await other.peerKeys(absent), undefined, 'forgetPeersExcept: has to make none');
    }
  }
});

const many = peersCase('forgetPeersExcept: up to 10,000 peers are listed', async (store, other) => {
  const listed = Array.from({ length: MANY }, newPeer);
  const kept = [0, 1, 499, 500, 501, 4_999, MANY - 2, MANY - 1].map((index) => listed[index] ?? '');
  const forgotten = newPeer();
  const sealed = sealedText();
  for (const length of [1_200, MANY]) {
    const list = listed.slice(0, length);
    for (const peer of [...kept, forgotten]) await store.keepPeerKeys(peer, sealed);
    await store.forgetPeersExcept(list);
    for (const peer of kept) {
      const left = list.includes(peer) ? sealed : undefined;
      assert.equal(await other.peerKeys(peer), left, `forgetPeersExcept: has to look at all ${length} that are listed`);
    }
    assert.equal(await other.peerKeys(forgotten), undefined, 'forgetPeersExcept: has to forget who is not listed');
  }
});

const seen = raceCase('a key set that one view has kept, every other reads at once', async (views, round) => {
  const writer = views[round % views.length] ?? views[0];
  await withPeers(writer, async () => {
    const peer = newPeer();
    for (const sealed of [sealedText(), sealedText()]) {
      await writer.keepPeerKeys(peer, sealed);
      for (const view of views)
        assert.equal(await view.peerKeys(peer), sealed, 'keepPeerKeys: has to be seen by every view');
    }
    await writer.forgetPeersExcept([]);
    for (const view of views)
      assert.equal(await view.peerKeys(peer), undefined, 'forgetPeersExcept: has to be seen by every view');
  });
});

export const peerKeys: readonly ContractCase[] = [keeping, large, names, forgetting, many, seen];
