import type { BrokerStore } from '../../broker/store.js';

/**
 * Gives a further view of one and the same storage, open and independent of the views it gave before: another connection,
 * as another process would have. Whoever calls it closes the view.
 */
export type ConnectStore = () => Promise<BrokerStore>;

/** One promise of the store port, or a few that belong together. */
export interface ContractCase {
  /** The verb, and what holds. */
  readonly name: string;
  /** @throws AssertionError with a message that names the promise which was broken */
  readonly run: (connect: ConnectStore) => Promise<void>;
}

/** How many times a race is run; each is over in a moment, and a store may be lucky in one. */
const ROUNDS = 25;

/** A case on two views; what it changes through one it looks at through the other. */
export function contractCase(
  name: string,
  body: (store: BrokerStore, other: BrokerStore) => Promise<void>,
): ContractCase {
  return {
    name,
    run: (connect) =>
      withView(connect, (store) => {
        return withView(connect, (other) => body(store, other));
      }),
  };
}

/** A case on four views opened at the same moment, many times over. @param body is given the number of the round */
export function raceCase(
  name: string,
  body: (views: readonly [BrokerStore, ...BrokerStore[]], round: number) => Promise<void>,
): ContractCase {
  return {
    name,
    run: async (connect) => {
      const opening = [connect(), connect(), connect(), connect()] as const;
      try {
        const views = await Promise.all(opening);
        for (let round = 0; round < ROUNDS; round += 1) await body(views, round);
      } finally {
        await Promise.allSettled(opening.map(async (view) => (await view).close()));
      }
    },
  };
}

/** Opens a view for as long as the body runs. */
export async function withView(connect: ConnectStore, body: (store: BrokerStore) => Promise<void>): Promise<void> {
  const store = await connect();
  try {
    await body(store);
  } finally {
    // a view that does not close must not hide what the body found
    await Promise.allSettled([store.close()]);
  }
}
