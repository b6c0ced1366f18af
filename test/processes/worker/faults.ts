import type { BrokerStore } from 'nestjs-oidc-auth';
import type { Fault, Step } from './protocol.js';

/** Points at which this process dies, with no chance to clear up: the first one reached ends it. */
export class Faults {
  readonly #armed: Fault[] = [];

  arm(fault: Fault): void {
    this.#armed.push(fault);
  }

  /** Runs a step, unless the process dies before or after it. */
  async around<T>(step: Step, run: () => Promise<T>): Promise<T> {
    await this.#reach(step, 'before');
    const result = await run();
    await this.#reach(step, 'after');
    return result;
  }

  /** A signal to oneself may arrive a moment later: nothing happens in between. */
  async #reach(step: Step, when: Fault['when']): Promise<void> {
    if (!this.#armed.some((fault) => fault.step === step && fault.when === when)) return;
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => undefined);
  }
}

/** The same store, with a fault point around each of its verbs. */
export function faultyStore(store: BrokerStore, faults: Faults): BrokerStore {
  return new Proxy(store, {
    get(target, name: keyof BrokerStore) {
      const verb = Reflect.get(target, name) as (...parameters: unknown[]) => Promise<unknown>;
      return (...parameters: unknown[]) => faults.around(name, () => verb.apply(target, parameters));
    },
  });
}

/** `fetch` with a fault point around each request, named after the last part of its path and the grant it asks for. */
export function faultyFetch(faults: Faults): typeof fetch {
  return async (input, init) => {
    const endpoint = new URL(input instanceof Request ? input.url : input).pathname.split('/').at(-1) ?? '';
    const grant = init?.body instanceof URLSearchParams ? init.body.get('grant_type') : null;
    const step: Step = `fetch:${grant ?? endpoint}`;
    return faults.around(step, async () => {
      const answer = await fetch(input, init);
      const body = await answer.arrayBuffer();
      return new Response(answer.status === 204 ? null : body, answer);
    });
  };
}
