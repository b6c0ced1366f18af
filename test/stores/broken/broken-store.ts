import type { BrokerStore } from '../../../lib/broker/store.js';

/** A store that breaks a promise, and the cases of the contract that have to notice. */
export interface BrokenStore {
  does: string;
  /** What is another than in the store underneath; called for every view. */
  breaks: (store: BrokerStore) => Partial<BrokerStore>;
  /** Names of cases, in the order of the contract. */
  fails: readonly string[];
}

/** A view that hands everything on, but for the changes. */
export function viewOf(store: BrokerStore, changes: Partial<BrokerStore>): BrokerStore {
  return {
    open: () => store.open(),
    close: () => store.close(),
    insert: (session) => store.insert(session),
    read: (id) => store.read(id),
    lives: (id) => store.lives(id),
    idsOf: (by, key, limit) => store.idsOf(by, key, limit),
    take: (id, seen, lease) => store.take(id, seen, lease),
    beat: (id, lease) => store.beat(id, lease),
    commit: (id, generation, next) => store.commit(id, generation, next),
    stamp: (id, generation, isHanded) => store.stamp(id, generation, isHanded),
    release: (id, lease) => store.release(id, lease),
    end: (id, reason, only) => store.end(id, reason, only),
    due: (limit) => store.due(limit),
    empty: (id) => store.empty(id),
    postpone: (id, delay) => store.postpone(id, delay),
    sweep: (limit) => store.sweep(limit),
    note: (key, lifetime) => store.note(key, lifetime),
    noted: (keys) => store.noted(keys),
    keys: () => store.keys(),
    addKey: (key) => store.addKey(key),
    resealKey: (sequence, from, to) => store.resealKey(sequence, from, to),
    removeKey: (sequence) => store.removeKey(sequence),
    peerKeys: (peer) => store.peerKeys(peer),
    keepPeerKeys: (peer, sealed) => store.keepPeerKeys(peer, sealed),
    forgetPeersExcept: (peers) => store.forgetPeersExcept(peers),
    ...changes,
  };
}
