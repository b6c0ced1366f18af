import { Remembered } from '../tokens/index.js';
import type { StoreAccess } from './store-access.js';
import type { Timing } from './timing.js';

const MOST = 50_000;

/** What this process knows of a session: that it lived at a moment of the monotonic clock, or that it has ended. */
type Known = { livedAt: number } | 'ended';

/**
 * Whether sessions live, for guards: what ended in this process is known at once, everything else is asked of the store
 * when the latest answer is older than the interval. Bounded: what is forgotten is asked again.
 */
export class SessionWatch {
  readonly #known = new Remembered<Known>(MOST);
  readonly #asking = new Map<string, Promise<boolean>>();

  constructor(
    private readonly access: StoreAccess,
    private readonly timing: Timing,
    /** In milliseconds; `Infinity`: the store is never asked. */
    private readonly interval: number,
  ) {}

  /** A session has just begun or was seen alive: nobody needs to ask. */
  lived(id: string): void {
    if (this.#known.get(id) !== 'ended') this.#known.set(id, { livedAt: this.timing.elapsed() });
  }

  ended(id: string): void {
    this.#known.set(id, 'ended');
  }

  /** Without waiting, where that is possible. @throws {@link StoreUnavailableError} if nobody can say */
  lives(id: string): boolean | Promise<boolean> {
    const known = this.#known.get(id);
    if (known === 'ended') return false;
    if (this.interval === Infinity) return true;
    return (known !== undefined && this.timing.elapsed() - known.livedAt < this.interval) || this.#ask(id);
  }

  /** Who comes while the store is being asked gets the same answer, unless each request has to ask for itself. */
  #ask(id: string): Promise<boolean> {
    if (this.interval === 0) return this.#look(id);
    let asking = this.#asking.get(id);
    if (!asking) {
      asking = this.#look(id).finally(() => this.#asking.delete(id));
      this.#asking.set(id, asking);
    }
    return asking;
  }

  async #look(id: string): Promise<boolean> {
    const asked = this.timing.elapsed();
    const lives = await this.access.use((store) => store.lives(id));
    const overtaken = this.#known.get(id) === 'ended';
    this.#known.set(id, lives && !overtaken ? { livedAt: asked } : 'ended');
    return lives && !overtaken;
  }
}
