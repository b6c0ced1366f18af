import type { PeerExchangePolicy } from './peer.settings.js';

/** An instance whose tokens are accepted beside our own, and what it may say. */
export interface TrustedIssuer {
  /**
   * `iss` of its tokens, to the letter: a slash at the end makes another issuer. https, or http on loopback.
   */
  issuer: string;

  /**
   * Where its keys are. Default: what its metadata say (RFC 8414), on the issuer's own origin; without metadata, the issuer
   * without slashes at the end and `/auth/v2/.well-known/jwks.json`, as the Python family has it.
   */
  jwksUri?: string;

  /** What `aud` of its tokens has to contain, one of these. Default: the broker's `audience`. */
  audience?: string | string[];

  /** How it may sign. Default: `RS256`, `ES256`, `EdDSA`. */
  algorithms?: string[];

  /**
   * What it may assert beyond `sub`, `preferred_username` and `email` with `email_verified`: names of claims, such as
   * `roles`, `groups`, `scope`. Every other claim is left out, and `roles` is empty unless it is listed. Default: none.
   */
  claims?: string[];

  /**
   * Lets clients exchange its access tokens for our own (RFC 8693), with the subject, roles and scopes that this function
   * names. Default: none, and every exchange is refused.
   */
  exchange?: PeerExchangePolicy;
}
