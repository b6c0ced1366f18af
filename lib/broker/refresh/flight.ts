import { randomBytes } from 'node:crypto';
import { StoreUnavailableError } from '../../errors/index.js';
import type { SessionReading, SessionRow } from '../store.js';
import type { RefreshParts } from './parts.js';
import { Callers } from './callers.js';
import { Holder } from './holder.js';
import { judge, type Decision } from './look.js';
import { Observer } from './observer.js';
import type { Outcome } from './outcome.js';
import { attempt } from './statements.js';

/** What one turn of a flight came to: an outcome, or a reason to look again. */
type Turn = Outcome | 'again';

/**
 * One refresh of one generation in this process: whoever presents the same token meanwhile joins it. It looks at the row,
 * takes the lease when it can, and waits for the successor when somebody else has it.
 */
export class Flight {
  readonly callers: Callers;
  readonly outcome: Promise<Outcome>;
  readonly #observer: Observer;
  /** A taking of ours that may have taken effect: its name, and when it was begun. */
  #taking: { name: string; begun: number } | undefined;
  #looked = false;
  #seen = false;

  constructor(
    private readonly parts: RefreshParts,
    private readonly id: string,
    private readonly generation: number,
  ) {
    this.callers = new Callers(parts.timing, parts.settings.patience);
    this.#observer = new Observer(parts.settings.beat);
    this.outcome = Promise.resolve().then(() => this.#run());
  }

  async #run(): Promise<Outcome> {
    for (;;) {
      if (!this.callers.areThere) return this.#abandoned();
      const turn = await this.#turn();
      if (turn !== 'again') return turn;
    }
  }

  /** Nobody asks any more. */
  async #abandoned(): Promise<Outcome> {
    const { name } = this.#taking ?? {};
    if (name !== undefined) await attempt(this.parts, (store) => store.release(this.id, name));
    return { kind: 'unavailable', error: new StoreUnavailableError() };
  }

  async #turn(): Promise<Turn> {
    const { access, timing, settings } = this.parts;
    const asked = timing.elapsed();
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
    const { replayWindow } = settings;
    const decision = judge(reading, this.generation, {
      waited: this.callers.waited,
      looked: this.#looked,
      replayWindow,
    });
    return reading ? this.#follow(decision, reading, asked) : { kind: 'refused' };
  }

  async #follow(decision: Decision, { row, now }: SessionReading, asked: number): Promise<Turn> {
    const { sessions, settings } = this.parts;
    if (decision.step !== 'refresh') this.#observer.reset();
    switch (decision.step) {
      case 'refuse':
        return { kind: 'refused' };
      case 'answer':
        return sessions.successor(row, row.dueAt - now);
      case 'stamp':
        return this.#handOut(row, row.dueAt - now);
      case 'look again':
        this.#looked = true;
        return this.#pause(2 * settings.beat);
      case 'end':
        return this.#end(decision, row);
      case 'refresh':
        return this.#compete(row, asked);
    }
  }

  /** The successor of a refresh for which nobody waited any more: from now on it is known to be handed out. */
  async #handOut(row: SessionRow, lifetime: number): Promise<Turn> {
    const outcome = await this.parts.sessions.successor(row, lifetime);
    if (outcome.kind !== 'successor') return outcome;
    const stamped = await attempt(this.parts, (store) => store.stamp(this.id, row.generation, true));
    return stamped === true ? outcome : this.#pause(0);
  }

  async #end({ reason, handed }: Decision & { step: 'end' }, row: SessionRow): Promise<Turn> {
    const { endings } = this.parts;
    const only = { generation: row.generation, ...(handed && { handed }) };
    const ended = await attempt(this.parts, (store) => store.end(this.id, reason, only));
    if (ended !== true) return this.#pause(0);
    await endings.ended(this.id, reason);
    return { kind: 'refused' };
  }

  /** It is the current generation: whoever gets the lease asks the provider. */
  async #compete(row: SessionRow, asked: number): Promise<Turn> {
    const { timing, settings } = this.parts;
    if (this.#taking && row.lease === this.#taking.name) return this.#hold(row, this.#taking.name, this.#taking.begun);
    const dead = row.lease !== '' && this.#observer.isDead(row, asked, timing.elapsed());
    if (row.lease !== '' && !dead) return this.#pause(settings.look);
    this.#observer.reset();
    const taking = { name: randomBytes(12).toString('base64url'), begun: timing.elapsed() };
    this.#taking = taking;
    const taken = await attempt(this.parts, (store) => store.take(this.id, row, taking.name));
    if (taken !== true) return this.#pause(0);
    return this.#hold(row, taking.name, taking.begun, dead && !settings.resend);
  }

  async #hold(row: SessionRow, name: string, begun: number, abandoned = false): Promise<Turn> {
    // should the lease turn out to be ours still, it is as old as can be: a beat comes first
    this.#taking = { name, begun: -Infinity };
    const holder = new Holder(this.parts, this.callers, row, name, begun);
    return (abandoned ? await holder.abandon() : await holder.refresh()) ?? 'again';
  }

  async #pause(milliseconds: number): Promise<'again'> {
    if (milliseconds > 0) await this.parts.timing.sleep(milliseconds);
    return 'again';
  }
}
