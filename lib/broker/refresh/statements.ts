import { OidcAuthError, StoreUnavailableError } from '../../errors/index.js';
import type { BrokerStore } from '../store.js';
import type { RefreshParts } from './parts.js';

/** Makes a statement once. @returns whether it hit; `undefined`: its outcome is unknown */
export async function attempt(
  { access }: RefreshParts,
  statement: (store: BrokerStore) => Promise<boolean>,
): Promise<boolean | undefined> {
  try {
    return await access.use(statement);
  } catch (error) {
    if (error instanceof OidcAuthError) return undefined;
    throw error;
  }
}

/**
 * Repeats until the store answers: what it then says is known.
 *
 * @throws {@link StoreUnavailableError} if the application goes down before that
 */
export async function settled<T>(
  { access, timing, settings, closing }: RefreshParts,
  verb: (store: BrokerStore) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await access.use(verb);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || closing.aborted) throw error;
      await timing.sleep(settings.look, closing);
    }
  }
}
