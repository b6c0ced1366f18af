import { GrantError, OidcAuthError, ProviderFaultError, ProviderUnavailableError } from '../../errors/index.js';
import type { IdentityProvider, ProviderGrant } from '../identity-provider.js';

/** How a presentation of the provider's refresh token went. */
export type ProviderAnswer =
  | { kind: 'grant'; grant: ProviderGrant }
  /** `invalid_grant`: the token is worth nothing any more. */
  | { kind: 'refused' }
  /** The provider has certainly not acted: the same token may be presented again, after so many milliseconds at least. */
  | { kind: 'not now'; error: OidcAuthError; wait: number }
  /** It objects to something else than the token, such as the client's secret: an administrator's matter. */
  | { kind: 'objected'; error: unknown }
  /** Nobody knows whether the provider has acted. */
  | { kind: 'lost'; error: unknown };

export async function ask(provider: IdentityProvider, refreshToken: string): Promise<ProviderAnswer> {
  try {
    return { kind: 'grant', grant: await provider.refresh(refreshToken) };
  } catch (error) {
    return answerOf(error);
  }
}

/** What it means that the provider cannot be asked: nothing has been sent. */
export function unready(error: unknown): ProviderAnswer {
  return error instanceof ProviderUnavailableError ? notNow(error) : { kind: 'objected', error };
}

/** What a failure of the provider says of the token. */
function answerOf(error: unknown): ProviderAnswer {
  if (error instanceof GrantError && error.error === 'invalid_grant') return { kind: 'refused' };
  if (error instanceof ProviderUnavailableError) {
    return error.definite ? notNow(error) : { kind: 'lost', error };
  }
  const objected = error instanceof OidcAuthError && !(error instanceof ProviderFaultError);
  const client = error instanceof ProviderFaultError && error.reason === 'provider_refuses_client';
  return { kind: objected || client ? 'objected' : 'lost', error };
}

function notNow(error: ProviderUnavailableError): ProviderAnswer {
  return { kind: 'not now', error, wait: error.retryAfter > 1 ? error.retryAfter * 1000 : 0 };
}
