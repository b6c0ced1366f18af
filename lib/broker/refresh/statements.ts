import { OidcAuthError, StoreUnavailableError } from '../../errors/index.js';
import type { BrokerStore, EndCondition } from '../store.js';
import type { RefreshParts } from './parts.js';

/** Makes a statement once. @returns what it said; `undefined`: its outcome is unknown */
export async function attempt<T>(
  { access }: RefreshParts,
  statement: (store: BrokerStore) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await access.use(statement);
  } catch (error) {
    if (error instanceof OidcAuthError) return undefined;
    throw error;
  }
}

/**
 * Between two attempts. A store that refuses at once would else keep the process busy with nothing but that.
 *
 * @throws {@link StoreUnavailableError} if the application goes down
 */
export async function breathe({ timing, settings, closing }: RefreshParts): Promise<void> {
  if (closing.aborted) throw new StoreUnavailableError();
  await timing.sleep(settings.look, closing);
}

/**
 * Repeats until the store answers: what it then says is known.
 *
 * @throws {@link StoreUnavailableError} if the application goes down before that
 */
export async function settled<T>(parts: RefreshParts, verb: (store: BrokerStore) => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await parts.access.use(verb);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      await breathe(parts);
    }
  }
}

/**
 * Ends a session, and says so once that is known.
 *
 * @returns whether it was this end that counts
 * @throws {@link StoreUnavailableError} if the application goes down before that
 */
export async function endSettled(
  parts: RefreshParts,
  id: string,
  reason: string,
  only: EndCondition,
): Promise<boolean> {
  let attempts = 0;
  const hit = await settled(parts, (store) => {
    attempts += 1;
    return store.end(id, reason, only);
  });
  // an attempt whose answer was lost may have been the one
  const ended = hit || (attempts > 1 && (await settled(parts, (store) => store.read(id)))?.row.ended === reason);
  if (ended) await parts.endings.ended(id, reason);
  return ended;
}
