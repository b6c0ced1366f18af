import type { mongo } from 'mongoose';
import { ConfigurationError } from '../../errors/index.js';
import type {
  BrokerStore,
  EndCondition,
  NewSession,
  NextGeneration,
  SessionReading,
  SessionRow,
  StoredKey,
} from '../store.js';
import { collectionsOf, makeIndexes, type BrokerCollections } from './collections.js';
import { Keys } from './keys.js';
import { withinLimit } from './limits.js';
import type { Link } from './link.js';
import { explained } from './mongo.errors.js';
import { Notes } from './notes.js';
import { Peers } from './peers.js';
import { Purge } from './purge.js';
import { ServerClock } from './server-clock.js';
import { Sessions } from './sessions.js';

export interface CollectionsOptions {
  /** What the names of the collections begin with. Default: `oidc_`. */
  collectionPrefix?: string;
}

interface Parts {
  collections: BrokerCollections;
  clock: ServerClock;
  sessions: Sessions;
  purge: Purge;
  notes: Notes;
  keys: Keys;
  peers: Peers;
}

/** The store port on four collections, whoever owns the connection. */
export class CollectionsStore implements BrokerStore {
  readonly #link: Link;
  readonly #prefix: string;
  #parts: { of: unknown; parts: Parts } | undefined;

  /** @throws {@link ConfigurationError} if collections cannot be named so */
  constructor(link: Link, { collectionPrefix = 'oidc_' }: CollectionsOptions) {
    if (!/^[a-z_][\w.-]{0,63}$/i.test(collectionPrefix)) {
      const allowed = 'up to 64 letters, digits, "_", "-" and ".", the first of them a letter or "_"';
      throw new ConfigurationError([`broker.store: collectionPrefix has to be ${allowed}`]);
    }
    this.#link = link;
    this.#prefix = collectionPrefix;
  }

  async open(): Promise<void> {
    await this.#within(async () => {
      await this.#link.open();
      const { collections, clock } = this.#connected();
      await makeIndexes(collections);
      await clock.read();
    });
  }

  close(): Promise<void> {
    return this.#within(() => this.#link.close());
  }

  insert(session: NewSession): Promise<void> {
    return this.#use(({ sessions }) => sessions.insert(session));
  }

  read(id: string): Promise<SessionReading | undefined> {
    return this.#use(({ sessions }) => sessions.read(id));
  }

  lives(id: string): Promise<boolean> {
    return this.#use(({ sessions }) => sessions.lives(id));
  }

  idsOf(by: 'sidKey' | 'subKey', key: string, limit: number): Promise<string[]> {
    return this.#use(({ sessions }) => sessions.idsOf(by, key, limit));
  }

  take(id: string, seen: Pick<SessionRow, 'generation' | 'lease' | 'beat'>, lease: string): Promise<boolean> {
    return this.#use(({ sessions }) => sessions.take(id, seen, lease));
  }

  beat(id: string, lease: string): Promise<boolean> {
    return this.#use(({ sessions }) => sessions.beat(id, lease));
  }

  commit(id: string, generation: number, next: NextGeneration): Promise<boolean> {
    return this.#use(({ sessions }) => sessions.commit(id, generation, next));
  }

  stamp(id: string, generation: number, handed: boolean): Promise<boolean> {
    return this.#use(({ sessions }) => sessions.stamp(id, generation, handed));
  }

  release(id: string, lease: string): Promise<boolean> {
    return this.#use(({ sessions }) => sessions.release(id, lease));
  }

  end(id: string, reason: string, only?: EndCondition): Promise<boolean> {
    return this.#use(({ sessions }) => sessions.end(id, reason, only));
  }

  due(limit: number): Promise<string[]> {
    return this.#use(({ purge }) => purge.due(limit));
  }

  empty(id: string): Promise<boolean> {
    return this.#use(({ purge }) => purge.empty(id));
  }

  postpone(id: string, delay: number): Promise<boolean> {
    return this.#use(({ purge }) => purge.postpone(id, delay));
  }

  sweep(limit: number): Promise<number> {
    return this.#use(({ purge }) => purge.sweep(limit));
  }

  note(key: string, lifetime: number): Promise<boolean> {
    return this.#use(({ notes }) => notes.note(key, lifetime));
  }

  noted(keys: readonly string[]): Promise<boolean> {
    return this.#use(({ notes }) => notes.noted(keys));
  }

  keys(): Promise<StoredKey[]> {
    return this.#use(({ keys }) => keys.all());
  }

  addKey(key: StoredKey): Promise<boolean> {
    return this.#use(({ keys }) => keys.add(key));
  }

  resealKey(sequence: number, from: string, to: string): Promise<boolean> {
    return this.#use(({ keys }) => keys.reseal(sequence, from, to));
  }

  removeKey(sequence: number): Promise<void> {
    return this.#use(({ keys }) => keys.remove(sequence));
  }

  peerKeys(peer: string): Promise<string | undefined> {
    return this.#use(({ peers }) => peers.keysOf(peer));
  }

  keepPeerKeys(peer: string, sealed: string): Promise<void> {
    return this.#use(({ peers }) => peers.keep(peer, sealed));
  }

  forgetPeersExcept(listed: readonly string[]): Promise<void> {
    return this.#use(({ peers }) => peers.forgetExcept(listed));
  }

  #use<T>(verb: (parts: Parts) => Promise<T>): Promise<T> {
    return this.#within(() => verb(this.#connected()));
  }

  async #within<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await withinLimit(work());
    } catch (error) {
      throw explained(error);
    }
  }

  /** Made anew when the application has opened its connection once more, with another client. */
  #connected(): Parts {
    const { database } = this.#link;
    if (!database) throw new Error('The connection to MongoDB has not been opened.');
    if (this.#parts?.of !== database) this.#parts = { of: database, parts: partsOf(database, this.#prefix) };
    return this.#parts.parts;
  }
}

function partsOf(database: mongo.Db, prefix: string): Parts {
  const collections = collectionsOf(database, prefix);
  const clock = new ServerClock(collections.notes);
  return {
    collections,
    clock,
    sessions: new Sessions(collections.sessions, clock),
    purge: new Purge(collections.sessions, collections.notes, clock),
    notes: new Notes(collections.notes, clock),
    keys: new Keys(collections.keys),
    peers: new Peers(collections.peers),
  };
}
