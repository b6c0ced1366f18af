import {
  REMEMBERED,
  SETTLING,
  type BrokerStore,
  type EndCondition,
  type NewSession,
  type NextGeneration,
  type SessionReading,
  type SessionRow,
  type StoredKey,
} from '../store.js';

interface Kept extends SessionRow {
  sidKey: string;
  subKey: string;
}

/** Keeps everything in this process, for tests: it ends with the process, and no other process sees it. */
export class MemoryBrokerStore implements BrokerStore {
  readonly #sessions = new Map<string, Kept>();
  readonly #notes = new Map<string, number>();
  readonly #keys = new Map<number, string>();
  readonly #peerKeys = new Map<string, string>();

  /** @param now the store's clock, in milliseconds since 1970 */
  constructor(private readonly now: () => number = Date.now) {}

  async open(): Promise<void> {
    // there is nothing to connect to
  }

  async close(): Promise<void> {
    // what is kept stays as long as the object, as it does in a database
  }

  async insert({ id, sealed, lifetime, sidKey, subKey }: NewSession): Promise<void> {
    if (this.#sessions.has(id)) throw new Error('a session with this id is there already');
    this.#sessions.set(id, {
      id,
      generation: 1,
      lease: '',
      beat: 0,
      ended: '',
      endedAt: null,
      handedAt: null,
      dueAt: this.now() + lifetime,
      sealed,
      sidKey,
      subKey,
    });
  }

  async read(id: string): Promise<SessionReading | undefined> {
    const kept = this.#sessions.get(id);
    if (!kept) return undefined;
    const { sidKey: _sid, subKey: _sub, ...row } = kept;
    return { row, now: this.now() };
  }

  async lives(id: string): Promise<boolean> {
    return this.#change(id, ({ dueAt }) => dueAt > this.now(), {});
  }

  async idsOf(by: 'sidKey' | 'subKey', key: string, limit: number): Promise<string[]> {
    const found = [...this.#sessions.values()].filter((row) => row[by] === key && row.ended === '');
    return found.slice(0, limit).map(({ id }) => id);
  }

  async take(id: string, seen: Pick<SessionRow, 'generation' | 'lease' | 'beat'>, lease: string): Promise<boolean> {
    const asSeen = (row: Kept) =>
      row.generation === seen.generation && row.lease === seen.lease && row.beat === seen.beat;
    return this.#change(id, asSeen, { lease, beat: seen.beat + 1 });
  }

  async beat(id: string, lease: string): Promise<boolean> {
    const row = this.#sessions.get(id);
    if (row?.lease !== lease) return false;
    row.beat += 1;
    return true;
  }

  async commit(id: string, generation: number, { sealed, lifetime, handed }: NextGeneration): Promise<boolean> {
    const now = this.now();
    return this.#change(id, (row) => row.generation === generation, {
      generation: generation + 1,
      sealed,
      dueAt: now + lifetime,
      lease: '',
      handedAt: handed ? now : null,
    });
  }

  async stamp(id: string, generation: number, handed: boolean): Promise<boolean> {
    return this.#change(id, (row) => row.generation === generation, { handedAt: handed ? this.now() : null });
  }

  async release(id: string, lease: string): Promise<boolean> {
    const row = this.#sessions.get(id);
    if (row?.lease !== lease) return false;
    row.lease = '';
    return true;
  }

  async end(id: string, reason: string, { generation, lease, handed }: EndCondition = {}): Promise<boolean> {
    const holds = (row: Kept) =>
      (generation === undefined || row.generation === generation) &&
      (lease === undefined || row.lease === lease) &&
      (handed === undefined || row.handedAt !== null);
    const now = this.now();
    return this.#change(id, holds, { ended: reason, endedAt: now, dueAt: now + SETTLING });
  }

  async due(limit: number): Promise<string[]> {
    return this.#past(({ ended, sealed }) => ended === '' || sealed !== '', limit);
  }

  async empty(id: string): Promise<boolean> {
    return this.#changeEnded(id, { sealed: '', dueAt: this.now() + REMEMBERED });
  }

  async postpone(id: string, delay: number): Promise<boolean> {
    return this.#changeEnded(id, { dueAt: this.now() + delay });
  }

  async sweep(limit: number): Promise<number> {
    const ids = this.#past(({ ended, sealed }) => ended !== '' && sealed === '', limit);
    const notes = [...this.#notes].filter(([, until]) => until <= this.now()).slice(0, limit);
    for (const id of ids) this.#sessions.delete(id);
    for (const [key] of notes) this.#notes.delete(key);
    return ids.length + notes.length;
  }

  async note(key: string, lifetime: number): Promise<boolean> {
    if (this.#isNoted(key)) return false;
    this.#notes.set(key, this.now() + lifetime);
    return true;
  }

  async noted(keys: readonly string[]): Promise<boolean> {
    return keys.some((key) => this.#isNoted(key));
  }

  async keys(): Promise<StoredKey[]> {
    return [...this.#keys].map(([sequence, sealed]) => ({ sequence, sealed })).sort((a, b) => a.sequence - b.sequence);
  }

  async addKey({ sequence, sealed }: StoredKey): Promise<boolean> {
    if (this.#keys.has(sequence)) return false;
    this.#keys.set(sequence, sealed);
    return true;
  }

  async resealKey(sequence: number, from: string, to: string): Promise<boolean> {
    if (this.#keys.get(sequence) !== from) return false;
    this.#keys.set(sequence, to);
    return true;
  }

  async removeKey(sequence: number): Promise<void> {
    this.#keys.delete(sequence);
  }

  async peerKeys(peer: string): Promise<string | undefined> {
    return this.#peerKeys.get(peer);
  }

  async keepPeerKeys(peer: string, sealed: string): Promise<void> {
    this.#peerKeys.set(peer, sealed);
  }

  async forgetPeersExcept(peers: readonly string[]): Promise<void> {
    const listed = new Set(peers);
    for (const peer of this.#peerKeys.keys()) if (!listed.has(peer)) this.#peerKeys.delete(peer);
  }

  #isNoted(key: string): boolean {
    return (this.#notes.get(key) ?? 0) > this.now();
  }

  #past(wanted: (row: Kept) => boolean, limit: number): string[] {
    const found = [...this.#sessions.values()].filter((row) => row.dueAt <= this.now() && wanted(row));
    return found.slice(0, limit).map(({ id }) => id);
  }

  /** One step of the event loop: nothing comes between condition and change. */
  #change(id: string, holds: (row: Kept) => boolean, change: Partial<SessionRow>): boolean {
    const row = this.#sessions.get(id);
    if (row?.ended !== '' || !holds(row)) return false;
    Object.assign(row, change);
    return true;
  }

  #changeEnded(id: string, change: Partial<SessionRow>): boolean {
    const row = this.#sessions.get(id);
    if (row === undefined || row.ended === '') return false;
    Object.assign(row, change);
    return true;
  }
}
