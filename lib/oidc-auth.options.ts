import type { Type, ModuleMetadata } from '@nestjs/common';
import type { JWK } from 'jose';
import type { BrokerOptions } from './broker/broker.options.js';
import type { AuthController } from './controllers/auth.controller.js';
import type { EndpointPaths } from './controllers/endpoints.js';
import type { ClaimRequirements } from './tokens/requirement.js';

/**
 * How this application proves to the provider that it is the client: the names of the IANA registry
 * "OAuth Token Endpoint Authentication Methods".
 */
export type ClientAuthentication =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'none'
  | {
      method: 'private_key_jwt';
      /** The private key: a JWK or a PKCS #8 PEM. */
      key: JWK | string;
      /** `kid` of the assertion's header. Default: the JWK's own. */
      kid?: string;
      /** Algorithm of the assertion. Default: the JWK's `alg`, else what fits the key (RS256, ES256, EdDSA, …). */
      algorithm?: string;
    };

/**
 * What sets the module's behaviour. Every option is checked while the application boots; all wrong ones are told at once.
 *
 * @example
 * ```ts
 * OidcAuthModule.forRoot({
 *   clientId: 'my-client',
 *   clientSecret: process.env.OIDC_CLIENT_SECRET,
 *   discoveryUrl: 'https://idp.example.org/realms/demo/.well-known/openid-configuration',
 *   audience: 'my-api',
 *   baseUrl: 'https://app.example.org/api',
 *   prefix: '/api',
 * });
 * ```
 */
export interface OidcAuthOptions {
  /** The client id under which the provider knows this application. */
  clientId: string;

  /**
   * The client secret. Default: none, which makes this a public client (PKCE protects the log-in all the same).
   * Without {@link secret}, the keys that seal log-in state are derived from it, if it has at least 32 characters.
   */
  clientSecret?: string;

  /** Default: `client_secret_basic` when there is a `clientSecret`, else `none`. */
  clientAuthentication?: ClientAuthentication;

  /**
   * The provider's discovery document (`…/.well-known/openid-configuration`) or its issuer. Fetched at the first need, not
   * at boot. https, or http on loopback; see {@link insecureHttp}.
   *
   * @see OpenID Connect Discovery 1.0, section 4
   */
  discoveryUrl: string;

  /**
   * The issuer that the discovery document has to name, where it is not the discovery URL less its well-known suffix
   * (e.g. an Entra tenant that is addressed by its domain name).
   */
  issuer?: string;

  /**
   * Further exact `iss` values of the provider's access tokens, signed with the same keys (Entra's v1 tokens, AD FS).
   * Default: none.
   */
  tokenIssuers?: string | string[];

  /**
   * The `aud` that access tokens of the provider must carry; of several, any one. Default: none, which stops the boot,
   * because a token for any other application would be as good as one for this; see {@link insecureAudience}. In broker mode
   * guards take the application's own tokens, and it may be left out.
   */
  audience?: string | string[];

  /** Accept access tokens for any audience; warns at boot. Default: `false`. */
  insecureAudience?: boolean;

  /** Accept a provider on plain http that is not on loopback; warns at boot. Default: `false`. */
  insecureHttp?: boolean;

  /** Scopes to ask for, space-separated or a list; `openid` is always added. Default: `profile email`. */
  scopes?: string | string[];

  /**
   * The public URL under which the endpoints answer: proxy path, global prefix, version and {@link OidcAuthShape.prefix}
   * included, no trailing slash (`https://app.example.org/api` for `https://app.example.org/api/auth/v2/login`).
   * Nothing is ever taken from Host or X-Forwarded-* headers. Default: none; then the application's own callback is no
   * possible target of a log-in, cookies are `Secure`, and `logout_url` is relative.
   */
  baseUrl?: string;

  /** Claims that every token must have on every protected route. Default: none. */
  claims?: ClaimRequirements;

  /**
   * Whether `offline_access` may be asked for: device log-ins then ask for it, and so do log-ins with
   * `?offline_access=true`, if the provider's `scopes_supported` has it or is absent. `params` are authorization parameters
   * that the provider wants instead (Google: `{ access_type: 'offline', prompt: 'consent' }`); with them the scope is not
   * sent. Default: `true`.
   */
  offlineAccess?: boolean | { params: Record<string, string> };

  /** Parameters added to every authorization request (`{ audience: '…' }` for Auth0, `{ hd: '…' }` for Google). Default: none. */
  authorizationParams?: Record<string, string>;

  /** How long the provider may take for one answer, in seconds, body included. Default: 10, at most 120. */
  timeout?: number;

  /**
   * Seals what must open on another pod but lives briefly: log-in state, device codes, tickets. 32 characters or more; of a
   * list the first seals and all open, so that it can be rotated. Default: derived from a `clientSecret` of at least 32
   * characters, else random with a warning: then one process only, and no log-in survives its restart.
   */
  secret?: string | string[];

  /**
   * Where a log-in may end besides the own callback and loopback: compared character by character (RFC 9700, section 2.1).
   * Default: none.
   */
  redirectUris?: string[];

  /** Where a log-out may end besides loopback: compared character by character. Default: none. */
  postLogoutRedirectUris?: string[];

  /** Accept `http://localhost`, `http://127.0.0.1` and `http://[::1]` with any port as targets (RFC 8252, section 7.3). Default: `true`. */
  loopback?: boolean;

  /**
   * Let a client that did not do PKCE itself post the `state` of its log-in in the place of `code_verifier` (the command-line
   * client py-oidc-auth-client does). Default: `true`.
   */
  acceptStateAsVerifier?: boolean;

  /** PKCE on the device flow: `auto` sends it, `false` does not, for providers that object to it. Default: `auto`. */
  devicePkce?: 'auto' | false;

  /** Send the user's ID token as `id_token_hint` when logging out at the provider, where one is known. Default: `true`. */
  logoutHint?: boolean;

  /** Lifetimes of a log-in. */
  session?: {
    /**
     * How long a refresh token lives unused, in seconds; without broker mode only where the provider does not say.
     * Default: 2,592,000 (30 days).
     */
    idle?: number;
    /** Broker mode: how long a session lives at all, in seconds (RFC 9700, section 4.14.2). Default: 7,776,000 (90 days). */
    max?: number;
  };

  /** Tolerated difference of clocks on `exp`, `nbf` and `iat`, in seconds. Default: 5, at most 300. */
  clockTolerance?: number;

  /**
   * The signature algorithms accepted on access and ID tokens (never `none`, never HMAC).
   * Default: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519.
   */
  algorithms?: string[];

  /**
   * The base URL under which this server reaches the provider when that is not where browsers reach it
   * (`http://keycloak:8080`): it takes the place of the discovery URL's origin in every call that the server makes.
   * Plain http needs {@link insecureHttp}. Default: none.
   */
  internalBaseUrl?: string;

  /**
   * Values that replace single entries of the discovery document, under their standard names
   * (`{ jwks_uri: '…', end_session_endpoint: '…' }`); `null` removes one. `issuer` has an option of its own. Default: none.
   */
  metadata?: Record<string, string | string[] | boolean | null>;

  /** How the provider's metadata and keys are kept. */
  cache?: {
    /** Age in seconds from which they are fetched again in the background. Default: 600. */
    refreshAfter?: number;
    /** Age in seconds up to which they are used while the provider fails. Default: 86,400. */
    maxAge?: number;
    /** Least time in seconds between two fetches that unknown keys or failures cause. Default: 30. */
    cooldown?: number;
    /** How many verified tokens are remembered. `0` switches it off. Default: 5,000. */
    verifiedTokens?: number;
  };

  /**
   * What computes signatures when tokens are verified: Node's own cryptography, or `jose`, which is slower. Both are tested to
   * accept the same tokens. Default: `node`.
   */
  verifier?: 'node' | 'jose';

  /**
   * The function that makes every request to the provider, for outbound proxies, own certificate authorities and tests.
   * Size, time and redirect limits apply around it. It must not repeat a request by itself: a provider that sees a refresh
   * token twice may end the log-in. Default: the global `fetch`.
   */
  fetch?: typeof fetch;

  /** The current time in milliseconds, for tests. Default: `Date.now`. */
  now?: () => number;

  /** The application's own tokens in the place of the provider's. Default: none: the provider's tokens are handed on. */
  broker?: BrokerOptions;
}

/** What shapes the module: given beside `useFactory`, because Nest needs it before an asynchronous factory runs. */
export interface OidcAuthShape {
  /** Path before `/auth/v2/…`, e.g. `/api`. Default: `''`. */
  prefix?: string;
  /** Moves endpoints (`{ login: 'sign-in' }`: a path below the prefix) or switches them off (`{ logout: false }`). Default: all as documented. */
  endpoints?: EndpointPaths;
  /** A subclass of {@link AuthController} with endpoints of one's own. Default: `AuthController`. */
  controller?: Type<AuthController>;
  /** Modules whose providers `useFactory`, `useClass` or `controller` inject. Default: none. */
  imports?: ModuleMetadata['imports'];
  /** Export the registration's services to every module. Guards resolve everywhere either way. Default: `true`. */
  isGlobal?: boolean;
  /** Name of the registration, where an application has several: `@Required({ instance: 'partner' })`. Default: `default`. */
  name?: string;
}

/** What a class given as `useClass` or `useExisting` implements. */
export interface OidcAuthOptionsFactory {
  createOidcAuthOptions(): OidcAuthOptions | Promise<OidcAuthOptions>;
}
