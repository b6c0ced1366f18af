import assert from 'node:assert/strict';
import type { BrokerStore } from '../../broker/store.js';

/**
 * Starts all at once, over the views in turn, and waits for all.
 *
 * @param round moves on who starts first and on which view
 * @returns what each told, in the order of `contenders`
 */
export async function race<Told>(
  views: readonly BrokerStore[],
  round: number,
  contenders: readonly ((store: BrokerStore) => Promise<Told>)[],
): Promise<Told[]> {
  const first = round % contenders.length;
  const started = [...contenders.slice(first), ...contenders.slice(0, first)].map((contender, index) => {
    const view = views[(index + round) % views.length];
    assert.ok(view);
    return contender(view);
  });
  // nothing of this round may still be under way when the next one begins
  await Promise.allSettled(started);
  const told = await Promise.all(started);
  return [...told.slice(told.length - first), ...told.slice(0, told.length - first)];
}

/** The one among the contenders that was told `true`. @throws AssertionError if it is none or several */
export function winnerOf<Contender>(
  contenders: readonly Contender[],
  told: readonly boolean[],
  promise: string,
): Contender {
  const winners = contenders.filter((_, index) => told[index]);
  assert.equal(winners.length, 1, `${promise}: exactly one has to win, and ${winners.length} did`);
  return winners[0] as Contender;
}
