/**
 * Where broker mode keeps its sessions, its signing keys and the key sets of its peers: a port of domain verbs, one atomic
 * statement each.
 *
 * - A verb that changes a session has conditions; it changes nothing unless all of them hold at the moment of the change,
 *   and tells by `true` or `false` whether they did. Reading first and writing then is no implementation.
 * - Times are the store's own: one clock for all processes, in milliseconds since 1970. Lifetimes are in milliseconds from
 *   the moment of the change. No time of a process is ever stored.
 * - A verb that throws has an unknown outcome. Callers know how to go on; an adapter repeats by itself only what the
 *   database has certainly not done (a deadlock, a busy lock).
 * - What is written is there for every later read of every process, also after a failover, as far as the database can.
 * - Texts are compared byte by byte, upper and lower case apart.
 *
 * `nestjs-oidc-auth/testing` exports a suite with which an adapter proves all this.
 */
export interface BrokerStore {
  /**
   * Connects, and makes or migrates what it needs; several processes may do so at the same moment. Called again after a
   * failure until it succeeds.
   *
   * @throws {@link ConfigurationError} if an administrator has to mend something (login refused, tables missing);
   *   anything else counts as a database that cannot be reached at the moment
   */
  open(): Promise<void>;

  /** Lets go of what {@link open} opened, and of nothing else. */
  close(): Promise<void>;

  /** A new session of generation 1. */
  insert(session: NewSession): Promise<void>;

  /** The session as it stands, with the store's time; never an outdated replica's. */
  read(id: string): Promise<SessionReading | undefined>;

  /** Whether the session is there, has not ended and has not expired. */
  lives(id: string): Promise<boolean>;

  /** Up to `limit` sessions that carry this key and have not ended. */
  idsOf(by: 'sidKey' | 'subKey', key: string, limit: number): Promise<string[]>;

  /**
   * Takes the lease of a generation: if the session has not ended and its generation, lease and beat are as seen, the lease
   * is named `lease` and the beat counts one up.
   */
  take(id: string, seen: Pick<SessionRow, 'generation' | 'lease' | 'beat'>, lease: string): Promise<boolean>;

  /** If the lease is still named so: the beat counts one up. */
  beat(id: string, lease: string): Promise<boolean>;

  /**
   * If the session has not ended and its generation is as given, whoever holds the lease: the generation counts one up,
   * content and expiry are replaced, the lease is free, and `handedAt` is now or nothing.
   */
  commit(id: string, generation: number, next: NextGeneration): Promise<boolean>;

  /** If the session has not ended and its generation is as given: `handedAt` is now or nothing. */
  stamp(id: string, generation: number, handed: boolean): Promise<boolean>;

  /** If the lease is still named so: it is free. */
  release(id: string, lease: string): Promise<boolean>;

  /**
   * If the session has not ended, and all that `only` names holds: it has ended for this reason, `endedAt` is now, and
   * `dueAt` a minute from now.
   */
  end(id: string, reason: string, only?: EndCondition): Promise<boolean>;

  /** Up to `limit` sessions past their `dueAt` that have not ended, or have and still hold content. */
  due(limit: number): Promise<string[]>;

  /** If the session has ended: its content is gone (an empty text), and `dueAt` is a day from now. */
  empty(id: string): Promise<boolean>;

  /** If the session has ended: `dueAt` is so many milliseconds from now. */
  postpone(id: string, delay: number): Promise<boolean>;

  /** Deletes up to `limit` sessions past their `dueAt` that have ended and hold no content, and up to `limit` expired notes. */
  sweep(limit: number): Promise<number>;

  /** Notes a key of up to 100 characters for some time. @returns `false` if it was noted already, which is left as it is */
  note(key: string, lifetime: number): Promise<boolean>;

  /** Whether any of these keys, up to 500, is noted and its time not over. */
  noted(keys: readonly string[]): Promise<boolean>;

  /** All signing keys, the oldest first. */
  keys(): Promise<StoredKey[]>;

  /** Adds a signing key. @returns `false` if there is one of this sequence number, which is left as it is */
  addKey(key: StoredKey): Promise<boolean>;

  /** If the key's content is `from`: it is `to`. */
  resealKey(sequence: number, from: string, to: string): Promise<boolean>;

  removeKey(sequence: number): Promise<void>;

  /**
   * The key set that was kept of this peer, sealed: base64url with dots, 2 MiB at most. A peer is named by 43 characters of
   * base64url.
   */
  peerKeys(peer: string): Promise<string | undefined>;

  /** Keeps the key set of a peer, in the place of the one before. */
  keepPeerKeys(peer: string, sealed: string): Promise<void>;

  /** Forgets the key set of every peer that is not listed; up to 10,000 are. */
  forgetPeersExcept(peers: readonly string[]): Promise<void>;
}

/** A session as it is kept. Nothing in it is worth anything without the encryption key. */
export interface SessionRow {
  /** 22 characters of base64url. */
  id: string;
  /** From 1, one up with every refresh. */
  generation: number;
  /** Name of the taking that holds the lease: up to 22 characters of base64url; empty: free. */
  lease: string;
  /** Counts up while the lease is held. */
  beat: number;
  /** Why the session has ended, up to 32 characters; empty: it has not. */
  ended: string;
  endedAt: number | null;
  /** When this generation was first handed to somebody. */
  handedAt: number | null;
  /** When the session expires; once it has ended: when purge looks at it again. */
  dueAt: number;
  /** What the session holds, sealed: base64url with dots, tens of kilobytes at most; empty once an ended session was emptied. */
  sealed: string;
}

/** A session, and the store's time when it was read. */
export interface SessionReading {
  row: SessionRow;
  now: number;
}

export interface NewSession {
  id: string;
  sealed: string;
  /** Until it expires. */
  lifetime: number;
  /** Keyed hash of the provider's session: 43 characters of base64url; empty: none. Indexed, not unique. */
  sidKey: string;
  /** Keyed hash of the provider's subject, likewise. */
  subKey: string;
}

export interface NextGeneration {
  sealed: string;
  /** Until it expires. */
  lifetime: number;
  /** Whether somebody is there to get it. */
  handed: boolean;
}

/** What has to hold for {@link BrokerStore.end} beyond that the session has not ended. */
export interface EndCondition {
  generation?: number;
  lease?: string;
  /** `handedAt` is there. */
  handed?: true;
}

/** A signing key, sealed; everything about it lies inside the seal. */
export interface StoredKey {
  /** From 1, without gaps at the end: whoever adds the next one takes the next number. */
  sequence: number;
  /** Base64url with dots, a few kilobytes. */
  sealed: string;
}

/** How long an ended session waits for its ender to clear it up, before purge does, in milliseconds. */
export const SETTLING = 60_000;
/** How long an emptied session is kept, so that what still names it is known to have ended, in milliseconds. */
export const REMEMBERED = 86_400_000;
