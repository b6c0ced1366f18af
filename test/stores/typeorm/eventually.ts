import { setImmediate as turn } from 'node:timers/promises';

/** What the attempt gives as soon as it succeeds. */
export async function eventually<T>(attempt: () => Promise<T>, limit = 15_000): Promise<T> {
  const until = performance.now() + limit;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await turn();
  }
}

/** Settles when the condition holds. */
export async function holds(condition: () => Promise<boolean>): Promise<void> {
  await eventually(async () => {
    if (!(await condition())) throw new Error('The condition does not hold.');
  });
}
