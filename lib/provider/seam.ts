import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import {
  GrantError,
  InvalidRequestError,
  OidcAuthError,
  ProviderFaultError,
  ProviderUnavailableError,
  type GrantErrorCode,
} from '../errors/index.js';
import { unavailable } from './unavailable.js';

const REFUSALS: Readonly<Record<GrantErrorCode, string>> = {
  invalid_grant: 'The provider refused the grant: it is wrong, expired, revoked or has been used.',
  invalid_scope: 'The provider refused the scope.',
  unsupported_grant_type: 'The provider does not offer this grant to this application.',
  authorization_pending: 'The user has not finished the log-in yet: ask again after the interval.',
  slow_down: 'Asked too often: add five seconds to the interval.',
  access_denied: 'The log-in was denied.',
  expired_token: 'The device code has expired: start anew.',
  invalid_target: 'The provider issues no tokens for this target.',
  unsupported_token_type: 'The provider cannot revoke this kind of token.',
};

/**
 * Calls openid-client. Its errors hold whatever the provider and the caller sent, codes and tokens among it: what leaves
 * here is an error of this package that was made of the OAuth error code and the status alone.
 */
export async function atSeam<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw reduced(error);
  }
}

function reduced(error: unknown): unknown {
  const own = ownError(error);
  if (own) return own;
  if (error instanceof ResponseBodyError) return refusal(error.error);
  if (error instanceof WWWAuthenticateChallengeError) return refusal('invalid_client');
  if (error instanceof ClientError) {
    return new ProviderFaultError(error.code?.startsWith('OAUTH_JWT') ? 'id_token_invalid' : 'provider_answer_invalid');
  }
  return new ProviderFaultError('provider_answer_invalid');
}

/** Ours, thrown within the fetch that openid-client was given, or beneath it. */
function ownError(error: unknown): unknown {
  const known = unavailable(error);
  if (known instanceof OidcAuthError) return known;
  return error instanceof Error && error.cause instanceof OidcAuthError ? error.cause : undefined;
}

function refusal(code: string): OidcAuthError {
  if (isGrantErrorCode(code)) {
    const own = code === 'authorization_pending' || code === 'slow_down';
    return new GrantError(code, own ? code : 'grant_refused', REFUSALS[code]);
  }
  switch (code) {
    case 'invalid_request':
      return new InvalidRequestError('grant_refused', 'The provider found the request malformed.');
    case 'invalid_client':
    case 'unauthorized_client':
      return new ProviderFaultError('provider_refuses_client', 'The provider refused this application as a client.');
    case 'temporarily_unavailable':
      return new ProviderUnavailableError('provider_overloaded', 'The identity provider is busy.', 1, true);
    default:
      return new ProviderFaultError('provider_answer_invalid');
  }
}

function isGrantErrorCode(code: string): code is GrantErrorCode {
  return Object.hasOwn(REFUSALS, code);
}
