import { decodeJws, type JsonObject } from '../tokens/index.js';

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

/** A provider's token response, read. */
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

/** For providers that do not say how long their token lives and whose tokens cannot be read, in seconds. */
const ASSUMED_LIFETIME = 180;
const LONGEST_LIFETIME = 315_360_000;

/**
 * @param asked the scopes that were asked for, which a provider need not repeat (RFC 6749, section 5.1)
 * @param now in seconds since 1970
 */
export function grantFrom(tokens: ProviderTokens, asked: string | undefined, now: number): ProviderGrant {
  const scope = tokens.scope ?? asked;
  return {
    accessToken: tokens.access_token,
    expiresIn: bounded(tokens.expires_in ?? lifetimeOf(tokens.access_token, now)),
    refreshToken: tokens.refresh_token,
    refreshLifetime: refreshLifetime(tokens),
    idToken: tokens.id_token,
    scope: scope === '' ? undefined : scope,
  };
}

/** Providers write lifetimes as numbers, some as text; anything else says nothing. */
function seconds(value: unknown): number {
  const text = typeof value === 'string' && value.trim() !== '';
  return typeof value === 'number' || text ? Number(value) : NaN;
}

/** A lifetime in whole seconds, between none and ten years. */
function bounded(lifetime: number): number {
  return Math.min(Math.max(0, Math.floor(lifetime)), LONGEST_LIFETIME);
}

/** A provider that says 0 means: never (Keycloak's offline tokens). */
function refreshLifetime({ refresh_expires_in, refresh_token_expires_in }: ProviderTokens): number | undefined {
  const said = seconds(refresh_expires_in ?? refresh_token_expires_in);
  if (said === 0) return Infinity;
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
