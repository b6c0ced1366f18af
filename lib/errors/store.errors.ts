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
