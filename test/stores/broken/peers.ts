import type { BrokerStore } from '../../../lib/broker/store.js';
import type { BrokenStore } from './broken-store.js';

const MEBIBYTE = 1024 * 1024;

/** How each peer was spelled at first. */
const spellings = new Map<string, string>();

/** One spelling for all that differ only by upper and lower case. */
function spelled(peer: string): string {
  const first = spellings.get(peer.toLowerCase()) ?? peer;
  spellings.set(peer.toLowerCase(), first);
  return first;
}

/** Stores that lose, cut off or mix up the key sets of peers. */
export const wrongPeers: readonly BrokenStore[] = [
  {
    does: 'leaves the key set of a peer as it is',
    breaks: (store) => ({
      keepPeerKeys: async (peer, sealed) => {
        if ((await store.peerKeys(peer)) === undefined) await store.keepPeerKeys(peer, sealed);
      },
    }),
    fails: [
      'keepPeerKeys: the key set of this peer, until the next',
      'a key set of 2 MiB comes back unchanged',
      'a key set that one view has kept, every other reads at once',
      'keepPeerKeys, at once: one whole key set of a peer that has one',
      'keepPeerKeys and forgetPeersExcept, at once: what is listed stays',
    ],
  },
  {
    does: 'has one key set for all peers',
    breaks: (store) => ({
      peerKeys: () => store.peerKeys('peer'),
      keepPeerKeys: (_peer, sealed) => store.keepPeerKeys('peer', sealed),
    }),
    fails: [
      'keepPeerKeys: the key set of this peer, until the next',
      'peers that differ only by upper and lower case are two',
      'forgetPeersExcept: every peer but those that are listed',
      'forgetPeersExcept: up to 10,000 peers are listed',
      'keepPeerKeys and forgetPeersExcept, at once: what is listed stays',
    ],
  },
  {
    does: 'compares peers without a look at upper and lower case',
    breaks: (store) => ({
      peerKeys: (peer) => store.peerKeys(spelled(peer)),
      keepPeerKeys: (peer, sealed) => store.keepPeerKeys(spelled(peer), sealed),
      forgetPeersExcept: (peers) => store.forgetPeersExcept(peers.map(spelled)),
    }),
    fails: ['peers that differ only by upper and lower case are two'],
  },
  {
    does: 'forgets without a look at upper and lower case',
    breaks: (store) => {
      const kept = new Set<string>();
      return {
        keepPeerKeys: (peer, sealed) => store.keepPeerKeys(peer, sealed).finally(() => kept.add(peer)),
        forgetPeersExcept: (peers) => {
          const listed = new Set(peers.map((peer) => peer.toLowerCase()));
          return store.forgetPeersExcept([...peers, ...[...kept].filter((peer) => listed.has(peer.toLowerCase()))]);
        },
      };
    },
    fails: ['peers that differ only by upper and lower case are two'],
  },
  {
    does: 'cuts off key sets that are longer than 1 MiB',
    breaks: (store) => ({ keepPeerKeys: (peer, sealed) => store.keepPeerKeys(peer, sealed.slice(0, MEBIBYTE)) }),
    fails: ['a key set of 2 MiB comes back unchanged'],
  },
  {
    does: 'forgets nobody if nobody is listed',
    breaks: (store) => ({
      forgetPeersExcept: async (peers) => {
        if (peers.length > 0) await store.forgetPeersExcept(peers);
      },
    }),
    fails: [
      'forgetPeersExcept: every peer but those that are listed',
      'a key set that one view has kept, every other reads at once',
    ],
  },
  {
    does: 'looks at the first thousand of the listed peers only',
    breaks: (store) => ({ forgetPeersExcept: (peers) => store.forgetPeersExcept(peers.slice(0, 1000)) }),
    fails: ['forgetPeersExcept: up to 10,000 peers are listed'],
  },
  {
    does: 'forgets in steps, each of which forgets the peers of the others',
    breaks: (store) => ({
      forgetPeersExcept: async (peers) => {
        for (let first = 0; first === 0 || first < peers.length; first += 500)
          await store.forgetPeersExcept(peers.slice(first, first + 500));
      },
    }),
    fails: ['forgetPeersExcept: up to 10,000 peers are listed'],
  },
  {
    does: 'forgets all peers, and keeps the listed ones anew',
    breaks: (store) => ({
      forgetPeersExcept: async (peers) => {
        const sets = await Promise.all(peers.map((peer) => store.peerKeys(peer)));
        await store.forgetPeersExcept([]);
        for (const [index, peer] of peers.entries()) await keptAnew(store, peer, sets[index]);
      },
    }),
    fails: ['keepPeerKeys and forgetPeersExcept, at once: what is listed stays'],
  },
  {
    does: 'remembers per view which key sets there are',
    breaks: (store) => {
      const read = new Map<string, string>();
      return {
        peerKeys: async (peer) => {
          const found = read.get(peer) ?? (await store.peerKeys(peer));
          if (found !== undefined) read.set(peer, found);
          return found;
        },
      };
    },
    fails: [
      'keepPeerKeys: the key set of this peer, until the next',
      'a key set of 2 MiB comes back unchanged',
      'forgetPeersExcept: every peer but those that are listed',
      'a key set that one view has kept, every other reads at once',
    ],
  },
  {
    does: 'looks first whether a peer is there, and fails if another has kept it meanwhile',
    breaks: (store) => {
      const adding = new Set<string>();
      return {
        keepPeerKeys: async (peer, sealed) => {
          const isThere = (await store.peerKeys(peer)) !== undefined;
          if (!isThere && adding.has(peer)) throw new Error('duplicate key');
          adding.add(peer);
          await store.keepPeerKeys(peer, sealed).finally(() => adding.delete(peer));
        },
      };
    },
    fails: ['keepPeerKeys, at once: one whole key set of a peer that nobody kept'],
  },
  {
    does: 'keeps a key set in two rows',
    breaks: (store) => ({
      peerKeys: async (peer) => {
        const [first, second] = [await store.peerKeys(`${peer}.1`), await store.peerKeys(`${peer}.2`)];
        return first === undefined || second === undefined ? undefined : first + second;
      },
      keepPeerKeys: async (peer, sealed) => {
        const middle = sealed.length >> 1;
        const rows = [
          [`${peer}.1`, sealed.slice(0, middle)],
          [`${peer}.2`, sealed.slice(middle)],
        ] as const;
        for (const [row, half] of sealed.endsWith('A') ? rows.toReversed() : rows) await store.keepPeerKeys(row, half);
      },
      forgetPeersExcept: (peers) => store.forgetPeersExcept(peers.flatMap((peer) => [`${peer}.1`, `${peer}.2`])),
    }),
    fails: [
      'keepPeerKeys, at once: one whole key set of a peer that nobody kept',
      'keepPeerKeys, at once: one whole key set of a peer that has one',
    ],
  },
];

async function keptAnew(store: BrokerStore, peer: string, sealed: string | undefined): Promise<void> {
  if (sealed !== undefined) await store.keepPeerKeys(peer, sealed);
}
