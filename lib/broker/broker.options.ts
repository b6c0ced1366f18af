import type { ExchangePolicy, SigningAlgorithm } from './broker.settings.js';
import type { TrustedIssuer } from './peers/peer.options.js';
import type { BrokerStore } from './store.js';

/**
 * Broker mode: the application issues its own tokens and keeps the provider's to itself. All durations are in seconds.
 *
 * @example
 * ```ts
 * OidcAuthModule.forRoot({
 *   clientId: 'my-client',
 *   clientSecret: process.env.OIDC_CLIENT_SECRET,
 *   discoveryUrl: 'https://idp.example.org/.well-known/openid-configuration',
 *   baseUrl: 'https://app.example.org',
 *   broker: {
 *     store: process.env.DATABASE_URL,
 *     encryptionKey: process.env.OIDC_ENCRYPTION_KEY,
 *     audience: 'my-api',
 *   },
 * });
 * ```
 */
export interface BrokerOptions {
  /**
   * Where sessions and signing keys are kept: a store built on what the application has (`new TypeOrmBrokerStore(dataSource)`,
   * `new MongooseBrokerStore(connection)`, your own), or a URL: `postgres://`, `mysql://`, `mariadb://`, `mongodb://`,
   * `sqlite:///relative/path` (four slashes for an absolute one), `memory:`; SQLAlchemy's spellings with a driver
   * (`postgresql+asyncpg://`) are understood. Default: a SQLite file in the platform's data directory, for one machine.
   */
  store?: string | BrokerStore;

  /** `aud` of the application's own tokens, which guards want to see. */
  audience: string;

  /**
   * Seals what the store keeps and signs refresh tokens: 32 random characters or more, made by
   * `npx nestjs-oidc-auth generate-key`. Of a list the first seals and signs, all open and verify, so that it can be changed.
   * Default: none, which stops the boot, except with the default store, which makes a key file beside its database, and
   * `memory:`.
   */
  encryptionKey?: string | string[];

  /** Prefix of our tables or collections, for a `store` given as URL. Default: `oidc_`. */
  tablePrefix?: string;

  /**
   * What `sub` of our tokens is: the provider's `sub`, or the user name, as the Python family has it. User names can be given
   * away; warns at boot. Default: `sub`.
   *
   * @see OpenID Connect Core 1.0, section 5.7
   */
  subject?: 'sub' | 'preferred_username';

  /**
   * Whose roles in `resource_access` end up in `roles`: those of this client and the option `audience`, or every client's, as
   * in the Python family. Default: `own`.
   */
  roles?: 'own' | 'all';

  /**
   * Claims of the provider that our tokens carry as they came, for requirements to look at. Default: `groups`,
   * `realm_access`, `resource_access`.
   */
  claims?: string[];

  /** How our tokens are signed. Python peers read RS256 only. */
  signing?: {
    /** Default: `RS256`. */
    algorithm?: SigningAlgorithm;
    /** Age at which the next key takes over. Default: 7,776,000 (90 days). */
    rotateAfter?: number;
    /** How long a key is published before it signs; longer than anybody caches our keys. Default: 86,400. */
    publishBefore?: number;
  };

  /** How long our access tokens live. */
  lifetimes?: {
    /** After a log-in by code. Default: 3,600. */
    code?: number;
    /** After a device log-in; at most 2,592,000 (30 days). Default: 3,600. */
    device?: number;
    /** After an exchange, and never longer than the subject token. Default: 3,600. */
    exchange?: number;
  };

  /** How refreshes work together. The same in every process. */
  refresh?: {
    /** How long a refresh token that has been used is answered with the same successor again. Default: 10. */
    replayWindow?: number;
    /**
     * How long a caller waits for the provider before the answer is 503; the refresh goes on. At least six times `beat`, or
     * nobody would wait long enough to see that another process has died. Default: 15.
     */
    patience?: number;
    /** How long the provider may take for a refresh. Default: 60. */
    providerTimeout?: number;
    /** How often a process that asks the provider shows that it lives; after five it counts as dead. Default: 2. */
    beat?: number;
    /**
     * Present the provider's refresh token once more when nobody knows whether the provider has seen it, because a process
     * died or an answer was lost. A provider with strict reuse detection then refuses, and the user logs in again; others
     * answer. `false` ends such sessions without asking. Default: `true`.
     */
    resend?: boolean;
  };

  /**
   * How old a guard's knowledge of a session may be: after that time at most, a session that was ended elsewhere is refused
   * here. `0`: every request asks the store; `false`: none does, and tokens work until they expire. Default: 30.
   */
  sessionCheckInterval?: number | false;

  /**
   * Lets clients exchange the provider's access tokens for ours (RFC 8693). Default: none, and every exchange is refused.
   * Needs the option `audience` of the module: the `aud` of subject tokens.
   */
  exchange?: {
    /** Client ids (`azp` or `client_id`) whose tokens are taken. */
    clients: string[];
    /** What may be asked for as `audience` or `resource`; the first is the usual one. Default: the broker's `audience`. */
    audiences?: string[];
    /** Has the last word: `true`, `false`, or `{ scopes }` to grant fewer. Default: grants. */
    policy?: ExchangePolicy;
  };

  /**
   * Instances of this package or of the Python family whose access tokens are accepted beside our own: issuers, or objects
   * that say more. Their keys are fetched at the first need, kept in the store, and used for as long as the option `cache`
   * says. Default: none.
   *
   * @example
   * ```ts
   * import type { BrokerOptions } from 'nestjs-oidc-auth';
   *
   * export const trustedIssuers: BrokerOptions['trustedIssuers'] = [
   *   'https://archive.example.org',
   *   { issuer: 'https://compute.example.org/api', claims: ['roles'] },
   * ];
   * ```
   */
  trustedIssuers?: (string | TrustedIssuer)[];

  /** Let back-channel logout end sessions with offline access, too (Back-Channel Logout 1.0, section 2.7). Default: `false`. */
  endOfflineSessions?: boolean;

  /** Time between two purges of what has expired; `false`: never, the application calls `purgeExpired()`. Default: 600. */
  purge?: number | false;
}
