import { randomBytes } from 'node:crypto';
import type { SessionReading, SessionRow } from '../store.js';
import type { RefreshParts } from './parts.js';
import { Callers } from './callers.js';
import { stampTruly } from './handing-out.js';
import { Holder } from './holder.js';
import { judge, type Decision } from './look.js';
import { Observer } from './observer.js';
import type { Outcome } from './outcome.js';
import { attempt } from './statements.js';

/** What one turn of a flight came to: an outcome, or a reason to look again. */
type Turn = Outcome | 'again';

/** A taking of ours that may have taken effect. */
interface Taking {
  name: string;
  /** When it was begun. */
  begun: number;
  /** The one who held the lease before is dead, and the provider is not to be asked once more. */
  inherited: boolean;
}

/**
 * One refresh of one generation in this process: whoever presents the same token meanwhile joins it. It looks at the row,
 * takes the lease when it can, and waits for the successor when somebody else has it.
 */
export class Flight {
  readonly callers: Callers;
  readonly outcome: Promise<Outcome | 'abandoned'>;
  /** Whether a look has found the token good since it was presented. */
  good = false;
  readonly #observer: Observer;
  /** One whose outcome is unknown may take effect after the next one. */
  readonly #takings = new Map<string, Taking>();
  /** Why an end of ours, of which nobody knows whether it took effect, would have ended the session. */
  #ending: string | undefined;
  #seen = false;
  #looked = false;

  /** @param landed is told before anybody hears of the outcome */
  constructor(
    private readonly parts: RefreshParts,
    private readonly id: string,
    private readonly generation: number,
    landed: () => void,
  ) {
    this.callers = new Callers(parts.timing, parts.settings.patience);
    this.#observer = new Observer(parts.settings.beat);
    this.outcome = Promise.resolve()
      .then(() => this.#run())
      .finally(landed);
    // everybody may have left
    this.outcome.catch(() => undefined);
  }

  async #run(): Promise<Outcome | 'abandoned'> {
    for (;;) {
      if (!this.callers.areThere) await this.#letGo();
      if (!this.callers.areThere) return 'abandoned';
      const turn = await this.#turn();
      if (turn !== 'again') return turn;
    }
  }

  /** Nobody asks any more: a lease of ours is of no use. */
  async #letGo(): Promise<void> {
    if (this.#takings.size === 0) return;
    const { lease = '' } = (await attempt(this.parts, (store) => store.read(this.id)))?.row ?? {};
    if (this.#takings.has(lease)) await attempt(this.parts, (store) => store.release(this.id, lease));
  }

  async #turn(): Promise<Turn> {
    const { access, timing, settings } = this.parts;
    const asked = timing.elapsed();
    const { latest } = this.callers;
    let reading: SessionReading | undefined;
    try {
      reading = await access.use((store) => store.read(this.id));
      this.#seen = true;
    } catch (error) {
      // nobody is in the middle of anything: the caller may as well come again
      if (!this.#seen) return { kind: 'unavailable', error };
      this.#observer.reset();
      return this.#pause(settings.look);
    }
    // nobody is judged who is not there any more
    if (!this.callers.areThere) return 'again';
    const decision = judge(reading, this.generation, {
      waited: this.callers.waited,
      good: this.good,
      looked: this.#looked,
      replayWindow: settings.replayWindow,
    });
    this.#looked = decision.step === 'look again';
    this.good ||= ['refresh', 'answer', 'stamp'].includes(decision.step);
    if (!reading || decision.step === 'refuse') return this.#refuse(reading?.row.ended);
    this.callers.tell(latest);
    return this.#follow(decision, reading, asked);
  }

  async #follow(decision: Decision, { row, now }: SessionReading, asked: number): Promise<Turn> {
    const { sessions, settings } = this.parts;
    if (decision.step !== 'refresh') this.#observer.reset();
    switch (decision.step) {
      case 'refuse':
        return this.#refuse(row.ended);
      case 'answer':
        return sessions.successor(row, row.dueAt - now);
      case 'stamp':
        return this.#handOut(row, row.dueAt - now);
      case 'look again':
        return this.#pause(2 * settings.beat);
      case 'end':
        return this.#end(decision, row);
      case 'refresh':
        return this.#compete(row, asked);
    }
  }

  async #refuse(ended: string | undefined): Promise<Outcome> {
    // the end of unknown outcome was ours: what follows from it is ours to do
    if (ended !== undefined && ended === this.#ending) await this.parts.endings.ended(this.id, ended);
    return { kind: 'refused' };
  }

  /** The successor of a refresh for which nobody waited any more: from now on it is known to be handed out. */
  async #handOut(row: SessionRow, lifetime: number): Promise<Turn> {
    const { parts, callers, id } = this;
    const outcome = await parts.sessions.successor(row, lifetime);
    if (outcome.kind !== 'successor') return outcome;
    const stamp = { handed: false, begun: parts.timing.elapsed() };
    return (await stampTruly(parts, callers, id, row.generation, stamp)) ? outcome : this.#pause(0);
  }

  async #end({ reason, handed }: Decision & { step: 'end' }, row: SessionRow): Promise<Turn> {
    const { endings, settings } = this.parts;
    const only = { generation: row.generation, ...(handed && { handed }) };
    const ended = await attempt(this.parts, (store) => store.end(this.id, reason, only));
    if (ended === undefined) {
      this.#ending = reason;
      return this.#pause(settings.look);
    }
    if (!ended) return this.#pause(0);
    await endings.ended(this.id, reason);
    return { kind: 'refused' };
  }

  /** It is the current generation: whoever gets the lease asks the provider. */
  async #compete(row: SessionRow, asked: number): Promise<Turn> {
    const { timing, settings } = this.parts;
    const own = this.#takings.get(row.lease);
    if (own) return this.#hold(row, own);
    const dead = row.lease !== '' && this.#observer.isDead(row, asked, timing.elapsed());
    if (row.lease !== '' && !dead) return this.#pause(settings.look);
    this.#observer.reset();
    const name = randomBytes(12).toString('base64url');
    const taking = { name, begun: timing.elapsed(), inherited: dead && !settings.resend };
    this.#takings.set(name, taking);
    const taken = await attempt(this.parts, (store) => store.take(this.id, row, name));
    if (taken) return this.#hold(row, taking);
    if (taken === false) this.#takings.delete(name);
    return this.#pause(taken === undefined ? settings.look : 0);
  }

  async #hold(row: SessionRow, taking: Taking): Promise<Turn> {
    const { parts, callers } = this;
    const holder = new Holder(parts, callers, row, taking.name, taking.begun);
    // should the lease turn out to be ours still, it is as old as can be: a beat comes first
    taking.begun = -Infinity;
    const outcome = await (taking.inherited ? holder.abandon() : holder.refresh());
    return outcome ?? this.#pause(parts.settings.look);
  }

  /** Even the shortest pause lets timers have their turn. */
  async #pause(milliseconds: number): Promise<'again'> {
    await this.parts.timing.sleep(milliseconds);
    return 'again';
  }
}
