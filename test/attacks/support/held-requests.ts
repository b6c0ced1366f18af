import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { json } from '../../support/faults.js';
import type { StubPeer } from '../../support/stub-peer.js';

/** Requests to a peer that have arrived there and get no answer until they are let go. */
export class HeldRequests {
  readonly #held: ServerResponse[] = [];
  readonly #gone: Promise<unknown>[] = [];

  /** @param wanted which paths are held; all others get the peer's usual answer */
  constructor(
    private readonly peer: StubPeer,
    wanted: (path: string) => boolean = () => true,
  ) {
    peer.handler = (path, response) => {
      if (!wanted(path)) return this.#usual(path);
      this.#held.push(response);
      this.#gone.push(once(response, 'close'));
      return undefined;
    };
  }

  get count(): number {
    return this.#held.length;
  }

  /** Until so many have arrived. */
  async arrived(count = 1): Promise<void> {
    while (this.#held.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Until whoever sent them has given them up. */
  async gone(): Promise<void> {
    await Promise.all(this.#gone);
  }

  /** Answers the peer's keys to all, and from now on as usual. */
  release(): void {
    this.peer.handler = undefined;
    for (const response of this.#held) json({ keys: this.peer.jwks })(undefined, response);
  }

  #usual(path: string): unknown {
    return path === '/keys' ? { keys: this.peer.jwks } : this.peer.metadata;
  }
}

/** Whether a promise has come to its end, at the moment of asking. */
export function watched<T>(promise: Promise<T>): { readonly settled: boolean; readonly outcome: Promise<T> } {
  const state = { settled: false, outcome: promise };
  const settle = () => (state.settled = true);
  promise.then(settle, settle);
  return state;
}
