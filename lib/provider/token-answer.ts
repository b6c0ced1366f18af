import { decodeJws } from '../tokens/index.js';

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
}

/** What this package reads of a provider's token response. */
export interface ProviderTokens {
  access_token: string;
  token_type: string;
  expires_in?: number;
  refresh_token?: string;
  scope?: string;
  id_token?: string;
  [name: string]: unknown;
}

/** For providers that do not say how long their token lives and whose tokens cannot be read, in seconds. */
const ASSUMED_LIFETIME = 180;
const LONGEST_LIFETIME = 315_360_000;

/**
 * @param asked the scopes that were asked for, which a provider need not repeat (RFC 6749, section 5.1)
 * @param now in seconds
 * @param idle lifetime of a refresh token of which the provider says nothing, in seconds
 */
export function tokenAnswer(tokens: ProviderTokens, asked: string | undefined, now: number, idle: number): TokenAnswer {
  const expiresIn = bounded(tokens.expires_in ?? lifetimeOf(tokens.access_token, now));
  const scope = tokens.scope ?? asked;
  return {
    access_token: tokens.access_token,
    token_type: 'Bearer',
    expires_in: expiresIn,
    expires: now + expiresIn,
    ...(tokens.refresh_token !== undefined && {
      refresh_token: tokens.refresh_token,
      refresh_expires: now + (refreshLifetime(tokens) ?? idle),
    }),
    ...(scope && { scope }),
  };
}

/** Providers write lifetimes as numbers, some as text; anything else says nothing. */
function seconds(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
}

/** A lifetime in whole seconds, between none and ten years. */
function bounded(lifetime: number): number {
  return Math.min(Math.max(0, Math.floor(lifetime)), LONGEST_LIFETIME);
}

/** A provider that says 0 means: never (Keycloak's offline tokens). */
function refreshLifetime({ refresh_expires_in, refresh_token_expires_in }: ProviderTokens): number | undefined {
  const said = seconds(refresh_expires_in ?? refresh_token_expires_in);
  return said >= 1 ? bounded(said) : undefined;
}

function lifetimeOf(accessToken: string, now: number): number {
  try {
    const { exp } = decodeJws(accessToken).payload;
    return typeof exp === 'number' && Number.isFinite(exp) ? exp - now : ASSUMED_LIFETIME;
  } catch {
    return ASSUMED_LIFETIME;
  }
}
