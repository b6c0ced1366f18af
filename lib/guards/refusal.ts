import { InsufficientScopeError, InvalidTokenError, OidcAuthError } from '../errors/index.js';
import { unavailable } from '../provider/index.js';
import type { RoutePlan } from './route-plan.js';
import { TokenRejection, type Shortfall, type TokenRejectionReason } from '../tokens/index.js';

const DESCRIPTIONS: Readonly<Partial<Record<TokenRejectionReason, string>>> = {
  token_too_large: 'The token is too large.',
  token_malformed: 'The token is no JWT.',
  audience_mismatch: 'The token is for another audience.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  issued_in_future: 'The token was issued in the future: compare the clocks.',
  issuer_unknown: 'The token is from an issuer that is not trusted here.',
  not_an_access_token: 'The token is no access token.',
};

/**
 * What the proof of a token found, as an answer. Whatever is neither a bad token nor an error of this package is a fault of
 * the program, and goes on as it is.
 */
export function refusalOf(thrown: unknown): OidcAuthError {
  const known = unavailable(thrown);
  if (known instanceof OidcAuthError) return known;
  if (thrown instanceof TokenRejection) {
    return new InvalidTokenError(thrown.reason, DESCRIPTIONS[thrown.reason] ?? 'The token is not valid here.');
  }
  throw thrown;
}

/** Whether a route wants this refusal of a token to be treated like no token. */
export function countsAsNone({ status }: OidcAuthError, { mode, anonymousIfInvalid }: RoutePlan): boolean {
  return mode === 'optional' && anonymousIfInvalid && (status === 401 || status === 403);
}

/** @throws {@link InsufficientScopeError}, {@link InvalidTokenError} if there is a shortfall */
export function refuseShortfall(shortfall: Shortfall | undefined): void {
  switch (shortfall?.reason) {
    case undefined:
      return;
    case 'scope_missing':
      throw new InsufficientScopeError('scope_missing', 'The token lacks a scope that this needs.', shortfall.scope);
    case 'claim_missing':
      throw new InsufficientScopeError('claim_missing', 'The token lacks a claim that this needs.');
    case 'groups_overage':
      throw new InsufficientScopeError(
        'groups_overage',
        'The user is in more groups than the provider writes into a token: let it write roles, or the groups that matter.',
      );
    case 'audience_mismatch':
    case 'issuer_not_accepted':
      throw new InvalidTokenError(shortfall.reason, 'The token is not meant for this.');
  }
}
