import { OidcAuthError } from './oidc-auth.error.js';

/** 400 `invalid_request` (RFC 6749, section 5.2). */
export class InvalidRequestError extends OidcAuthError {
  readonly status = 400;
  readonly error = 'invalid_request';
}

/** 405, for HEAD on an endpoint whose GET changes something. */
export class MethodNotAllowedError extends OidcAuthError {
  readonly status = 405;
  readonly error = 'invalid_request';

  constructor(private readonly allow: string) {
    super('method_not_allowed', `This endpoint answers ${allow} only.`);
  }

  override get headers() {
    return { Allow: this.allow };
  }
}

/** 404: there is no such thing for this user. */
export class NotFoundError extends OidcAuthError {
  readonly status = 404;
  readonly error = 'not_found';
}

/** 500: a fault of this application; its text never leaves the server. */
export class InternalError extends OidcAuthError {
  readonly status = 500;
  readonly error = 'server_error';

  constructor() {
    super('internal', 'The server failed to handle this request.');
  }
}
