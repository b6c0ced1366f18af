import type { JsonObject } from '../tokens/index.js';

/** Which grant began the session: it decides how long an access token lives. */
export type LoginKind = 'code' | 'device';

/** What a session holds, sealed in its row. */
export interface SessionContent {
  kind: LoginKind;
  /** When the log-in took place, in milliseconds since 1970. */
  startedAt: number;
  /** The claims of the log-in's ID token, as the latest refresh confirmed them: who the user is. */
  login: JsonObject;
  /** What our access tokens say of the user. */
  user: JsonObject;
  /** What the userinfo endpoint says of the user. */
  userinfo: JsonObject | undefined;
  /** The latest ID token, as hint for the provider when logging out. */
  idToken: string | undefined;
  /** The provider's refresh token; none, if it gave none. */
  refreshToken: string | undefined;
  /** When the provider's refresh token expires, in milliseconds since 1970, where the provider says so. */
  refreshExpiresAt: number | undefined;
  /** Granted scopes, space-separated. */
  scope: string | undefined;
  /** The latest answer of the provider is not understood yet, because userinfo or keys could not be had. */
  pending: { accessToken: string; idToken: string | undefined } | undefined;
}

/** What was sealed as a {@link SessionContent} opens as one: nobody else has the key. */
export function contentFrom(opened: JsonObject): SessionContent {
  return opened as unknown as SessionContent;
}

/** Whether the session keeps its rights while the user is away: OpenID Connect Core 1.0, section 11. */
export function isOffline({ scope }: SessionContent): boolean {
  return scope?.split(' ').includes('offline_access') ?? false;
}
