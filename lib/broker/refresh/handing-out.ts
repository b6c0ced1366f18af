import type { Callers } from './callers.js';
import type { RefreshParts } from './parts.js';
import { attempt, breathe } from './statements.js';

/** What the row says of the successor: whether somebody got it, by a statement that was begun at a time of ours. */
export interface Stamp {
  handed: boolean;
  begun: number;
}

/**
 * Stamps a successor until the row says what is the case. Callers leave while a stamp is on its way: who has never got the
 * successor must not count as one who has. And a stamp that takes long says that it was handed out before it was.
 *
 * @param stamp what the row says; nothing: nobody knows
 * @returns whether that generation still lives
 * @throws {@link StoreUnavailableError} if the application goes down
 */
export async function stampTruly(
  parts: RefreshParts,
  callers: Callers,
  id: string,
  generation: number,
  stamp?: Stamp,
): Promise<boolean> {
  const { timing, settings } = parts;
  const late = Math.max(settings.beat, settings.replayWindow / 2);
  const isTrue = ({ handed, begun }: Stamp) =>
    handed === callers.areTold && (!handed || timing.elapsed() - begun < late);
  let latest = stamp;
  while (!latest || !isTrue(latest)) {
    const next = { handed: callers.areThere, begun: timing.elapsed() };
    const asked = callers.latest;
    const hit = await attempt(parts, (store) => store.stamp(id, generation, next.handed));
    if (hit === false) return false;
    if (hit) callers.tell(asked);
    else await breathe(parts);
    latest = hit ? next : undefined;
  }
  return true;
}
