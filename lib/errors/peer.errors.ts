import { OidcAuthError } from './oidc-auth.error.js';

/** 503 with Retry-After: the keys of a trusted issuer cannot be had, so that nobody can say what its tokens are worth. */
export class PeerUnavailableError extends OidcAuthError {
  readonly status = 503;
  readonly error = 'temporarily_unavailable';

  constructor(
    /** Seconds after which trying again makes sense. */
    readonly retryAfter = 1,
  ) {
    super(
      'peer_unreachable',
      'The keys of the instance that issued the token are not available at the moment: try again later.',
    );
  }

  override get headers() {
    return { 'Retry-After': String(Math.max(1, Math.ceil(this.retryAfter))) };
  }
}
