import type { SessionContent } from '../session-content.js';
import type { SessionRow } from '../store.js';
import type { Callers } from './callers.js';
import { Commit } from './commit.js';
import { Lease } from './lease.js';
import type { Outcome } from './outcome.js';
import type { RefreshParts } from './parts.js';
import { ask, unready, type ProviderAnswer } from './provider-answer.js';
import { attempt, endSettled } from './statements.js';

const FIRST_BACK_OFF = 250;
const LONGEST_BACK_OFF = 2_000;

/** Whoever holds the lease of a generation: asks the provider, and carries the answer home whatever happens. */
export class Holder {
  readonly #lease: Lease;

  /** @param taken when the taking of the lease was begun */
  constructor(
    private readonly parts: RefreshParts,
    private readonly callers: Callers,
    private readonly row: SessionRow,
    private readonly name: string,
    taken: number,
  ) {
    const { access, timing, settings } = parts;
    this.#lease = new Lease(access, timing, settings.beat, row.id, name, taken);
  }

  /** @returns nothing, if the lease was lost, or everybody had left, before anything was sent: start over */
  async refresh(): Promise<Outcome | undefined> {
    try {
      const opened = await this.parts.sessions.open(this.row);
      if (opened.kind !== 'opened') return await this.#released(opened);
      const { refreshToken } = opened.content;
      if (refreshToken === undefined) return await this.#released({ kind: 'refused' });
      return await this.#ask(opened.content, refreshToken);
    } finally {
      this.#lease.drop();
    }
  }

  /** The one who held the lease before is dead, and nobody knows whether it had asked: the session ends. */
  async abandon(): Promise<Outcome | undefined> {
    try {
      return await this.#end('lost');
    } finally {
      this.#lease.drop();
    }
  }

  async #ask(content: SessionContent, refreshToken: string): Promise<Outcome | undefined> {
    for (let backOff = FIRST_BACK_OFF; ; backOff = Math.min(2 * backOff, LONGEST_BACK_OFF)) {
      const answer = await this.#present(refreshToken);
      switch (answer?.kind) {
        case undefined:
          return undefined;
        case 'grant':
          return new Commit(this.parts, this.callers, this.row).write(content, answer.grant);
        case 'refused':
          return this.#end('refused');
        case 'objected':
          return this.#released({ kind: 'unavailable', error: answer.error });
        case 'lost':
          return this.parts.settings.resend
            ? this.#released({ kind: 'unavailable', error: answer.error })
            : this.#end('lost');
        case 'not now':
          if (Math.max(answer.wait, backOff) >= this.callers.left) {
            return this.#released({ kind: 'unavailable', error: answer.error });
          }
          await this.parts.timing.sleep(Math.max(answer.wait, backOff));
      }
    }
  }

  /** Sends only while somebody waits, and the lease is known to be ours. */
  async #present(refreshToken: string): Promise<ProviderAnswer | undefined> {
    const { provider } = this.parts;
    try {
      await provider.ready();
    } catch (error) {
      return unready(error);
    }
    if (!this.callers.areThere || !(await this.#lease.isFresh())) return undefined;
    return ask(provider, refreshToken);
  }

  /** Only whoever holds the lease may say that the provider refused: another's answer may be on its way. */
  async #end(reason: string): Promise<Outcome | undefined> {
    const { id, generation } = this.row;
    const ended = await endSettled(this.parts, id, reason, { generation, lease: this.name });
    return ended ? { kind: 'refused' } : undefined;
  }

  async #released(outcome: Outcome): Promise<Outcome> {
    await attempt(this.parts, (store) => store.release(this.row.id, this.name));
    return outcome;
  }
}
