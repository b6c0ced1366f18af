import { OidcAuthError } from './oidc-auth.error.js';

/** 503 with Retry-After: the broker's store cannot be reached, or is not ready. */
export class StoreUnavailableError extends OidcAuthError {
  readonly status = 503;
  readonly error = 'temporarily_unavailable';

  constructor(
    /** Seconds after which trying again makes sense. */
    readonly retryAfter = 1,
  ) {
    super('store_unreachable', 'The session store is not available at the moment: try again later.');
  }

  override get headers() {
    return { 'Retry-After': String(Math.max(1, Math.ceil(this.retryAfter))) };
  }
}

/** 503 with Retry-After: somebody else is refreshing the session, and the provider takes longer than callers wait. */
export class SessionBusyError extends OidcAuthError {
  readonly status = 503;
  readonly error = 'temporarily_unavailable';

  constructor() {
    super('session_busy', 'The identity provider has not answered yet: try again with the same refresh token.');
  }

  override get headers() {
    return { 'Retry-After': '1' };
  }
}
