import type { ProviderGrant } from '../identity-provider.js';
import type { SessionContent } from '../session-content.js';
import type { SessionReading, SessionRow } from '../store.js';
import type { Callers } from './callers.js';
import type { Outcome } from './outcome.js';
import type { RefreshParts } from './parts.js';
import { attempt, settled } from './statements.js';

/** What a look at the row after a commit that missed, or of unknown outcome, comes to. */
type Fate = Outcome | 'not written';

/** An answer of the provider on its way into the store: it is written until its fate is known. */
export class Commit {
  /** Whether the outcome of some attempt is unknown. */
  #doubtful = false;

  constructor(
    private readonly parts: RefreshParts,
    private readonly callers: Callers,
    private readonly row: SessionRow,
  ) {}

  async write(content: SessionContent, grant: ProviderGrant): Promise<Outcome> {
    const { sessions } = this.parts;
    const { id, generation } = this.row;
    const renewed = await sessions.renewed(content, grant);
    if (renewed.kind === 'rejected') return this.#endIdentity(grant);
    const { content: next, lifetime, error } = renewed;
    const sealed = sessions.seal(id, generation + 1, next);
    for (;;) {
      const handed = this.#isHandedOut(next);
      const written = await attempt(this.parts, (store) => store.commit(id, generation, { sealed, lifetime, handed }));
      if (written === true) {
        if (handed && !this.callers.areThere) await this.#stamp(next);
        return next.pending
          ? { kind: 'unavailable', error }
          : { kind: 'successor', generation: generation + 1, content: next, lifetime };
      }
      this.#doubtful ||= written === undefined;
      const fate = await this.#fate(await settled(this.parts, (store) => store.read(id)), sealed, grant, next);
      if (fate !== 'not written') return fate;
    }
  }

  async #fate(
    reading: SessionReading | undefined,
    sealed: string,
    { refreshToken }: ProviderGrant,
    next: SessionContent,
  ): Promise<Fate> {
    const { sessions, endings } = this.parts;
    const { generation } = this.row;
    if (reading?.row.ended !== '') {
      // whoever ended the session revokes what the row holds, and knows nothing of what it does not hold
      if (reading?.row.sealed !== sealed) await endings.revoke(refreshToken);
      return { kind: 'refused' };
    }
    const { row, now } = reading;
    if (row.generation === generation) return 'not written';
    if (row.generation < generation) {
      await endings.revoke(refreshToken);
      return this.#end('future', row.generation);
    }
    // an answer that another one overtook is dropped, never revoked: revoking could end what the other one has renewed
    if (this.#doubtful && row.generation === generation + 1 && !(await this.#stamp(next))) return 'not written';
    return sessions.successor(row, row.dueAt - now, generation + 1);
  }

  /** After an unknown outcome nobody knows since when the successor is in somebody's hands: it is as of now. */
  async #stamp(next: SessionContent): Promise<boolean> {
    const { id, generation } = this.row;
    return settled(this.parts, (store) => store.stamp(id, generation + 1, this.#isHandedOut(next)));
  }

  /** An answer that is not understood yet is handed to nobody. */
  #isHandedOut({ pending }: SessionContent): boolean {
    return this.callers.areThere && !pending;
  }

  /** The answer speaks of somebody else, or proves nothing: neither it nor the session is worth anything. */
  async #endIdentity({ refreshToken }: ProviderGrant): Promise<Outcome> {
    await this.parts.endings.revoke(refreshToken);
    return this.#end('identity', this.row.generation);
  }

  async #end(reason: string, generation: number): Promise<Outcome> {
    const { id } = this.row;
    const hit = await settled(this.parts, (store) => store.end(id, reason, { generation }));
    if (hit) await this.parts.endings.ended(id, reason);
    return { kind: 'refused' };
  }
}
