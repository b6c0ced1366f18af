import assert from 'node:assert/strict';
import type { BrokerStore } from '../../broker/store.js';
import { untilClockMoves } from './readings.js';
import { HOUR, newSession, sealedText } from './samples.js';

/** Makes a new session and brings it into a state, by the verbs of the port. @returns its id */
export type State = (store: BrokerStore, other: BrokerStore) => Promise<string>;

/** Who holds the lease in the states that say so. */
export const HOLDER = 'aHolderOfTheLease-_012';
/** Who took the lease from {@link HOLDER}. */
export const SUCCESSOR = 'anotherThatTookIt-_345';

/** What a state is made of has to work before anything can be said about the state. */
async function has(verb: string, told: Promise<boolean>): Promise<void> {
  assert.equal(await told, true, `${verb}: has to tell true if its conditions hold`);
}

/** Generation 1, never taken, handed to nobody. */
export const fresh: State = async (store) => {
  const session = newSession();
  await store.insert(session);
  return session.id;
};

/** Past its lifetime, and not ended. */
export const expired: State = async (store) => {
  const session = newSession({ lifetime: 0 });
  await store.insert(session);
  return session.id;
};

/** {@link fresh}, with the lease taken by {@link HOLDER}. */
export const held: State = async (store, other) => {
  const id = await fresh(store, other);
  await has('take', store.take(id, { generation: 1, lease: '', beat: 0 }, HOLDER));
  return id;
};

/** {@link held}, and expired meanwhile. */
export const heldAndExpired: State = async (store, other) => {
  const id = await expired(store, other);
  await has('take', store.take(id, { generation: 1, lease: '', beat: 0 }, HOLDER));
  return id;
};

/** {@link held}, and then taken over by {@link SUCCESSOR} through the other view. */
export const takenOver: State = async (store, other) => {
  const id = await held(store, other);
  await has('take', other.take(id, { generation: 1, lease: HOLDER, beat: 1 }, SUCCESSOR));
  return id;
};

/** {@link held}, and released. */
export const released: State = async (store, other) => {
  const id = await held(store, other);
  await has('release', store.release(id, HOLDER));
  return id;
};

/** Generation 2, handed to somebody. */
export const handed: State = async (store, other) => {
  const id = await fresh(store, other);
  await has('commit', store.commit(id, 1, { sealed: sealedText(), lifetime: HOUR, handed: true }));
  return id;
};

/** {@link handed}, some milliseconds ago. */
export const handedEarlier: State = async (store, other) => {
  const id = await handed(store, other);
  await untilClockMoves(store, id);
  return id;
};

/** {@link handed}, with the lease taken by {@link HOLDER}. */
export const handedAndHeld: State = async (store, other) => {
  const id = await handed(store, other);
  const { beat = 0 } = (await store.read(id))?.row ?? {};
  await has('take', store.take(id, { generation: 2, lease: '', beat }, HOLDER));
  return id;
};

/** Ends what another state makes; the reason is `logout`. */
export const ended =
  (before: State = fresh): State =>
  async (store, other) => {
    const id = await before(store, other);
    await has('end', store.end(id, 'logout'));
    return id;
  };

/** Ended, and its content gone. */
export const emptied: State = async (store, other) => {
  const id = await ended()(store, other);
  await has('empty', store.empty(id));
  return id;
};

/** What {@link BrokerStore.sweep} deletes: ended, emptied, and past its `dueAt`. */
export const sweepable: State = async (store, other) => {
  const id = await emptied(store, other);
  await has('postpone', store.postpone(id, 0));
  return id;
};
