import type { ClientAuth } from 'openid-client';
import type { RefreshTimes, SignatureChecks } from '../tokens/index.js';

/** The provider's side of one registration, checked and normalised. */
export interface ProviderSettings {
  /** Name of the registration. */
  instance: string;
  clientId: string;
  clientAuthentication: ClientAuth;
  discovery: DiscoverySettings;
  fetch: typeof fetch;
  now: () => number;
  /** In milliseconds. */
  timeout: number;
  /** Patience with the answer to a refresh token that this application presents for itself, in milliseconds. */
  providerTimeout: number;
  /** In seconds. */
  clockTolerance: number;
  times: RefreshTimes;
  /** Who checks signatures. */
  checks: SignatureChecks;
  tokenIssuers: readonly string[];
  /** `aud` of the access tokens that are meant for this application; `undefined`: any. */
  audience: readonly string[] | undefined;
  /** How many verified access tokens are remembered. */
  verifiedTokens: number;
  /** Keying material that seals what travels through browsers and clients: the first seals, all open. */
  secrets: readonly string[];
  login: LoginSettings;
  idTokens: { algorithms: readonly string[]; otherAudiences: readonly string[] };
  logoutHint: boolean;
  /** In seconds. */
  idleLifetime: number;
}

/** Where the provider describes itself. */
export interface DiscoverySettings {
  url: URL;
  /** What the document's `issuer` may be. */
  issuers: readonly string[];
  /** The server's own way to the provider, if it differs from the browsers'. */
  internalBaseUrl: URL | undefined;
  insecureHttp: boolean;
  overrides: Readonly<Record<string, unknown>>;
}

/** What log-ins ask for, and where they may end. */
export interface LoginSettings {
  scopes: readonly string[];
  offlineAccess: boolean;
  /** Authorization parameters that ask for offline access, where the scope does not. */
  offlineParams: Readonly<Record<string, string>> | undefined;
  authorizationParams: Readonly<Record<string, string>>;
  baseUrl: string | undefined;
  /** The own callback endpoint's public URL. */
  callbackUrl: string | undefined;
  redirectUris: readonly string[];
  postLogoutRedirectUris: readonly string[];
  loopback: boolean;
  acceptStateAsVerifier: boolean;
  devicePkce: boolean;
}
