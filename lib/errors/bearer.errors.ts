import { OidcAuthError } from './oidc-auth.error.js';
import type { Reason } from './reason.js';

/** 401 without an error code in the challenge: the request carries no bearer token (RFC 6750, section 3.1). */
export class MissingTokenError extends OidcAuthError {
  readonly status = 401;
  readonly error = 'invalid_token';

  constructor() {
    super('token_missing', 'Not authenticated: send an access token as Authorization: Bearer.');
  }

  override get headers() {
    return { 'WWW-Authenticate': 'Bearer' };
  }
}

/** 401 `invalid_token` (RFC 6750, section 3.1). */
export class InvalidTokenError extends OidcAuthError {
  readonly status = 401;
  readonly error = 'invalid_token';

  override get headers() {
    return { 'WWW-Authenticate': challenge(this.error, this.message) };
  }
}

/** 403 `insufficient_scope` (RFC 6750, section 3.1). */
export class InsufficientScopeError extends OidcAuthError {
  readonly status = 403;
  readonly error = 'insufficient_scope';

  constructor(
    reason: Reason,
    description: string,
    /** The scopes that the route wants, space-separated, where scopes are what is missing. */
    readonly scope?: string,
  ) {
    super(reason, description);
  }

  override get headers() {
    const scope = this.scope === undefined ? '' : `, scope="${quotable(this.scope)}"`;
    return { 'WWW-Authenticate': challenge(this.error, this.message) + scope };
  }
}

function challenge(error: string, description: string): string {
  return `Bearer error="${error}", error_description="${quotable(description)}"`;
}

/** The characters that RFC 6750, section 3 allows in an attribute. */
function quotable(text: string): string {
  return text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'");
}
