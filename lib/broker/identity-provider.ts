import type { JsonObject } from '../tokens/index.js';

/**
 * What broker mode asks of the identity provider: a port that the module fills. Every verb may fail with
 * {@link ProviderUnavailableError}, whose `definite` says whether the provider has certainly done nothing.
 */
export interface IdentityProvider {
  /** Settles when a refresh token can be sent at once: metadata and signing keys are at hand. */
  ready(): Promise<void>;

  /**
   * Presents a refresh token, in one request; what the answer proves is for {@link confirm} and {@link describe} to say.
   *
   * @throws {@link GrantError} `invalid_grant` if the provider refuses the token for good
   * @throws {@link ProviderFaultError} `provider_refuses_client` if it refuses this application and not the token;
   *   else if the answer is lost, because nobody can read it
   */
  refresh(refreshToken: string): Promise<ProviderGrant>;

  /**
   * Proves the ID token of a refresh answer against the one of the log-in.
   *
   * @param known the claims of the log-in's ID token
   * @returns the claims that hold from now on; the known ones, where the answer had no ID token
   * @throws {@link ProviderFaultError} `id_token_invalid` if it proves nothing or speaks of somebody else
   * @see OpenID Connect Core 1.0, section 12.2
   */
  confirm(idToken: string | undefined, known: JsonObject): Promise<JsonObject>;

  /**
   * What the provider says of the user beyond the ID token: in the access token, where it is a JWT that verifies, and at
   * its userinfo endpoint, where it has one that speaks of this subject. 5xx there is a provider that is unavailable;
   * 401, 403 and 404 mean that there is nothing.
   */
  describe(accessToken: string, known: JsonObject): Promise<Description>;

  /** Revokes a refresh token (RFC 7009). Settles without error only if the provider confirmed, or has no such endpoint. */
  revoke(refreshToken: string): Promise<void>;

  /**
   * Proves a logout token: signature, kind, issuer, audience, times, event, nonce.
   *
   * @throws {@link TokenRejection} if it proves nothing
   * @see OpenID Connect Back-Channel Logout 1.0, section 2.6
   */
  verifyLogoutToken(token: string): Promise<LogoutToken>;

  /**
   * Proves an access token of the provider for this application, as guards do without broker mode.
   *
   * @throws {@link TokenRejection} if it proves nothing
   */
  verifyAccessToken(token: string): Promise<JsonObject>;
}

/** A provider's token answer, as far as broker mode uses it. */
export interface ProviderGrant {
  accessToken: string;
  /** Seconds that the access token lives. */
  expiresIn: number;
  refreshToken: string | undefined;
  /** Seconds that the refresh token lives; `Infinity`: it never expires; `undefined`: the provider does not say. */
  refreshLifetime: number | undefined;
  idToken: string | undefined;
  /** Granted scopes, space-separated, where they are known. */
  scope: string | undefined;
}

/** A grant that ended a log-in, with the proven claims of its ID token. */
export interface LoginGrant extends ProviderGrant {
  idToken: string;
  claims: JsonObject;
}

export interface Description {
  /** The claims of the access token. */
  accessToken: JsonObject | undefined;
  userinfo: JsonObject | undefined;
}

/** What a proven logout token says: whose sessions end. One of `sid` and `sub` is there. */
export interface LogoutToken {
  jti: string;
  issuer: string;
  sid: string | undefined;
  sub: string | undefined;
  /** In seconds since 1970. */
  iat: number;
  /** In seconds since 1970. */
  exp: number;
  /** Whether sessions with offline access end too (`revoke_offline_access` is among the events). */
  offline: boolean;
}
