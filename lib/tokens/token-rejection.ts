/** Why a token is no proof. The names are reason codes of the package; docs/errors.md explains each. */
export type TokenRejectionReason =
  | 'token_too_large'
  | 'token_malformed'
  | 'algorithm_not_allowed'
  | 'critical_header'
  | 'token_type'
  | 'not_an_access_token'
  | 'sender_constrained'
  | 'issuer_unknown'
  | 'key_unknown'
  | 'signature_invalid'
  | 'audience_mismatch'
  | 'expiry_missing'
  | 'expired'
  | 'not_yet_valid'
  | 'issued_in_future'
  | 'claim_malformed'
  | 'authorized_party_mismatch'
  | 'session_ended';

/** The token is bad. That its keys cannot be had is another matter: {@link Unavailable}. */
export class TokenRejection extends Error {
  constructor(readonly reason: TokenRejectionReason) {
    super(reason);
    this.name = 'TokenRejection';
  }
}

/** What a decision needs cannot be had at the moment. */
export class Unavailable extends Error {
  constructor(
    /** Seconds until the next attempt will be made. */
    readonly retryAfter: number,
    override readonly cause: unknown,
  ) {
    super('unavailable');
    this.name = 'Unavailable';
  }
}
