import { OidcAuthError } from './oidc-auth.error.js';
import type { Reason } from './reason.js';

/** 503 with Retry-After: the provider cannot be reached, or is not ready. */
export class ProviderUnavailableError extends OidcAuthError {
  readonly status = 503;
  readonly error = 'temporarily_unavailable';

  constructor(
    reason: Reason,
    description: string,
    /** Seconds after which trying again makes sense. */
    readonly retryAfter = 1,
    /** Whether the provider has certainly not acted on the request: it may be sent again as it is. */
    readonly definite = false,
  ) {
    super(reason, description);
  }

  override get headers() {
    return { 'Retry-After': String(Math.max(1, Math.ceil(this.retryAfter))) };
  }
}

/** 503: the provider offers no device flow to this client. The status is what sends command-line clients to the code flow. */
export class DeviceFlowUnavailableError extends OidcAuthError {
  readonly status = 503;
  readonly error = 'unsupported_grant_type';

  constructor() {
    super(
      'device_flow_unavailable',
      'The provider offers no device flow to this client: log in with a browser instead.',
    );
  }
}

/** 502: the provider answered, but not as the specifications have it. */
export class ProviderFaultError extends OidcAuthError {
  readonly status = 502;
  readonly error = 'server_error';

  constructor(reason: Reason, description = 'The provider gave an answer that cannot be used.') {
    super(reason, description);
  }
}
