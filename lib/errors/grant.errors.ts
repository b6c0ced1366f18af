import { OidcAuthError } from './oidc-auth.error.js';
import type { Reason } from './reason.js';

/**
 * The error codes with which a token endpoint refuses a grant: RFC 6749, section 5.2, RFC 8628, section 3.5, RFC 8693,
 * section 2.2.2; and a revocation endpoint a token: RFC 7009, section 2.2.1.
 */
export type GrantErrorCode =
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'
  | 'invalid_target'
  | 'unsupported_token_type';

/** 400: the grant is refused, or not yet given. */
export class GrantError extends OidcAuthError {
  readonly status = 400;

  constructor(
    readonly error: GrantErrorCode,
    reason: Reason,
    description: string,
  ) {
    super(reason, description);
  }
}

/** The provider or the user refused the authorization request (RFC 6749, section 4.1.2.1; OpenID Connect Core, 3.1.2.6). */
export class AuthorizationRefusedError extends OidcAuthError {
  readonly status = 400;

  constructor(readonly error: string) {
    super('authorization_refused', `The provider refused the log-in: ${error}.`);
  }
}
