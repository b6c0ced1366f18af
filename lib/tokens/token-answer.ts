/** What the token endpoint and the callback answer, in the wire's names. */
export interface TokenAnswer {
  access_token: string;
  token_type: 'Bearer';
  /** Seconds that the access token lives. */
  expires_in: number;
  /** When it expires, in seconds since 1970. */
  expires: number;
  refresh_token?: string;
  /** When the refresh token expires, in seconds since 1970. */
  refresh_expires?: number;
  /** Granted scopes, where they are known. */
  scope?: string;
  /** What an exchange issued (RFC 8693, section 2.2.1). */
  issued_token_type?: string;
}
