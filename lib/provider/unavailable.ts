import {
  OidcAuthError,
  PeerUnavailableError,
  ProviderUnavailableError,
  StoreUnavailableError,
} from '../errors/index.js';
import { Unavailable } from '../tokens/index.js';

/**
 * That metadata or keys cannot be had, for the caller: not ready, whatever the provider did. What an administrator has
 * to know about it is in the log.
 *
 * @param definite whether they were wanted before anything was sent
 */
export function unavailable(error: unknown, definite = true): unknown {
  if (!(error instanceof Unavailable)) return error;
  const { cause, retryAfter } = error;
  if (cause instanceof StoreUnavailableError) return cause;
  if (cause instanceof PeerUnavailableError) return new PeerUnavailableError(retryAfter);
  const known = cause instanceof OidcAuthError ? cause : undefined;
  const wait = Math.max(retryAfter, cause instanceof ProviderUnavailableError ? cause.retryAfter : 0);
  return new ProviderUnavailableError(
    known?.reason ?? 'provider_unreachable',
    'The identity provider is not available at the moment: try again later.',
    wait,
    definite,
  );
}
