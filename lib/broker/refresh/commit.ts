import type { ProviderGrant } from '../identity-provider.js';
import type { SessionContent } from '../session-content.js';
import type { SessionReading, SessionRow } from '../store.js';
import type { Callers } from './callers.js';
import { stampTruly } from './handing-out.js';
import type { Outcome } from './outcome.js';
import type { RefreshParts } from './parts.js';
import { attempt, breathe, endSettled, settled } from './statements.js';

/** What a look at the row after a commit that missed, or of unknown outcome, comes to. */
type Fate = Outcome | 'not written' | 'look again';

/** An answer of the provider on its way into the store: it is written until its fate is known. */
export class Commit {
  /** Whether the outcome of some attempt is unknown. */
  #doubtful = false;

  constructor(
    private readonly parts: RefreshParts,
    private readonly callers: Callers,
    private readonly row: SessionRow,
  ) {}

  /** @returns nothing, if the session has become another one meanwhile: start over */
  async write(content: SessionContent, grant: ProviderGrant): Promise<Outcome | undefined> {
    const { sessions } = this.parts;
    const { id, generation } = this.row;
    const renewed = await sessions.renewed(content, grant);
    if (renewed.kind === 'rejected') return this.#endIdentity(grant);
    const { content: next, lifetime, error } = renewed;
    const sealed = sessions.seal(id, generation + 1, next);
    for (;;) {
      if (await this.#isWritten(sealed, lifetime, next)) {
        return next.pending
          ? { kind: 'unavailable', error }
          : { kind: 'successor', generation: generation + 1, content: next, lifetime };
      }
      const fate = await this.#fate(sealed, grant);
      if (fate === 'look again') return undefined;
      if (fate !== 'not written') return fate;
    }
  }

  /** One attempt. An answer that is not understood yet is handed to nobody. */
  async #isWritten(sealed: string, lifetime: number, { pending }: SessionContent): Promise<boolean> {
    const { callers, parts } = this;
    const { id, generation } = this.row;
    const stamp = { handed: callers.areThere && !pending, begun: parts.timing.elapsed() };
    const asked = callers.latest;
    const next = { sealed, lifetime, handed: stamp.handed };
    const hit = await attempt(parts, (store) => store.commit(id, generation, next));
    if (hit === undefined) {
      this.#doubtful = true;
      await breathe(parts);
    }
    if (!hit) return false;
    callers.tell(asked);
    // should it have moved on or ended by now, then after they came
    if (!pending) await stampTruly(parts, callers, id, generation + 1, stamp);
    return true;
  }

  async #fate(sealed: string, { refreshToken }: ProviderGrant): Promise<Fate> {
    const { endings } = this.parts;
    const { id, generation } = this.row;
    const asked = this.callers.latest;
    const reading = await settled(this.parts, (store) => store.read(id));
    if (reading?.row.ended !== '') {
      // whoever ended the session revokes what the row holds, and knows nothing of what it does not hold
      if (reading?.row.sealed !== sealed) await endings.revoke(refreshToken);
      return { kind: 'refused' };
    }
    this.callers.tell(asked);
    if (reading.row.generation === generation) return 'not written';
    if (reading.row.generation > generation) return this.#overtaken(reading);
    // the store has lost what it had acknowledged
    await endings.revoke(refreshToken);
    return this.#end('future', reading.row.generation);
  }

  /**
   * Some commit stands, this one or another's, and the newest generation is what everybody gets. An answer that another one
   * overtook is dropped, never revoked: revoking could end what the other one has renewed.
   */
  async #overtaken({ row, now }: SessionReading): Promise<Fate> {
    const { parts, callers } = this;
    const { id, generation } = row;
    const outcome = await parts.sessions.successor(row, row.dueAt - now);
    if (outcome.kind !== 'successor') return outcome;
    // after an unknown outcome nobody knows since when the successor is in somebody's hands: it is as of now
    const unsure = this.#doubtful && generation === this.row.generation + 1;
    const stamp = unsure ? undefined : { handed: row.handedAt !== null, begun: parts.timing.elapsed() };
    if (stamp?.handed || (await stampTruly(parts, callers, id, generation, stamp))) return outcome;
    return 'not written';
  }

  /** The answer speaks of somebody else, or proves nothing: neither it nor the session is worth anything. */
  async #endIdentity({ refreshToken }: ProviderGrant): Promise<Outcome | undefined> {
    await this.parts.endings.revoke(refreshToken);
    const fate = await this.#end('identity', this.row.generation);
    return fate === 'look again' ? undefined : fate;
  }

  async #end(reason: string, generation: number): Promise<(Outcome & { kind: 'refused' }) | 'look again'> {
    return (await endSettled(this.parts, this.row.id, reason, { generation })) ? { kind: 'refused' } : 'look again';
  }
}
