import { setTimeout as pause } from 'node:timers/promises';
import { halfBody, json, status } from '../../support/faults.js';
import { answered, type Behaviour } from './strict-provider.js';

/** Acts at once, and takes its time to say so. */
export function slow(milliseconds: number): Behaviour {
  return async (act, response) => {
    const { status: code, body } = await act();
    await pause(milliseconds);
    json(body, code)(undefined, response);
  };
}

/** Is out of order so many times, without acting, and then in order. */
export function failing(times: number): Behaviour {
  let left = times;
  return (act, response) => {
    if (left === 0) return answered(act, response);
    left -= 1;
    status(500)(undefined, response);
  };
}

/** Never acts, never answers. */
export const hanging: Behaviour = () => undefined;

/** The connection breaks before anything was done. */
export const cut: Behaviour = (_, response) => void response.destroy();

/** Acts, and the connection breaks in the middle of the answer. */
export const cutAfterActing: Behaviour = async (act, response) => {
  await act();
  halfBody(undefined, response);
};

/** Does something else for the first one who asks than for all the others. */
export function once(first: Behaviour, then: Behaviour = answered): Behaviour {
  let asked = false;
  return (act, response) => {
    if (asked) return then(act, response);
    asked = true;
    return first(act, response);
  };
}

/** A provider that acts at once and answers when the test says so. */
export class Gate {
  /** Settles when somebody has asked, and the provider has acted. */
  readonly reached: Promise<void>;
  readonly behaviour: Behaviour;
  #open: () => void = () => undefined;

  constructor() {
    const opened = new Promise<void>((resolve) => (this.#open = resolve));
    let reach: () => void;
    this.reached = new Promise((resolve) => (reach = resolve));
    this.behaviour = async (act, response) => {
      const { status: code, body } = await act();
      reach();
      await opened;
      json(body, code)(undefined, response);
    };
  }

  open(): void {
    this.#open();
  }
}
