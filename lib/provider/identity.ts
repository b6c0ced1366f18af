import { tokenRevocation } from 'openid-client';
import { ProviderFaultError } from '../errors/index.js';
import {
  TokenRejection,
  verifyLogoutToken,
  type AccessTokens,
  type IdTokenRules,
  type JsonObject,
  type LogoutToken,
} from '../tokens/index.js';
import type { Discovery, ProviderFailure } from './discovery.js';
import type { ProviderGrant } from './grant.js';
import { IdTokenProof } from './id-token-proof.js';
import { Outbound } from '../outbound/index.js';
import type { ProviderSettings } from './provider.settings.js';
import { strangeClaim } from './renewed-claims.js';
import { atSeam } from './seam.js';
import { TokenEndpoint } from './token-endpoint.js';
import { unavailable } from './unavailable.js';
import { UserinfoEndpoint } from './userinfo-endpoint.js';

/** What the provider says of a user beyond the ID token. */
export interface Description {
  /** The claims of the access token, if it is a JWT that is meant for this application. */
  accessToken: JsonObject | undefined;
  userinfo: JsonObject | undefined;
}

/**
 * What the application asks of the provider on its own behalf, once a log-in has ended: refreshes, proofs, revocation. Its
 * requests have ways of their own, which stay open while the rest of the provider's side closes.
 */
export class Identity {
  readonly #patient: Outbound;
  readonly #outbound: Outbound;
  readonly #tokens: TokenEndpoint;
  readonly #idTokens: IdTokenProof;
  readonly #userinfo: UserinfoEndpoint;
  /** Why the latest access token could not be read. */
  #unread: string | undefined;

  constructor(
    settings: ProviderSettings,
    private readonly discovery: Discovery,
    private readonly rules: IdTokenRules,
    private readonly accessTokens: AccessTokens,
    private readonly report: (failure: ProviderFailure) => void,
  ) {
    this.#patient = new Outbound({ ...settings, timeout: settings.providerTimeout });
    this.#outbound = new Outbound(settings);
    this.#idTokens = new IdTokenProof(discovery, rules);
    this.#tokens = new TokenEndpoint(discovery, this.#idTokens, this.#patient, settings.now);
    this.#userinfo = new UserinfoEndpoint(discovery, this.#outbound, rules.keys, rules.algorithms);
  }

  /**
   * Settles when a refresh token can be sent at once: metadata and signing keys are at hand.
   *
   * @throws {@link ProviderFaultError} `provider_lacks_endpoint`
   * @throws {@link ProviderUnavailableError}
   */
  async ready(): Promise<void> {
    await this.#tokens.ready();
  }

  /**
   * Presents a refresh token, in one request. What came with the answer is not proven yet.
   *
   * @throws {@link GrantError} if the provider refuses
   * @throws {@link ProviderFaultError} if the answer cannot be used
   * @throws {@link ProviderUnavailableError} if there is none
   */
  refresh(refreshToken: string): Promise<ProviderGrant> {
    return this.#tokens.refresh(refreshToken);
  }

  /**
   * Proves the ID token of a refresh answer against the one of the log-in.
   *
   * @param known the claims of the log-in's ID token
   * @returns the claims that hold from now on; the known ones, where the answer had no ID token
   * @throws {@link ProviderFaultError} `id_token_invalid` if it proves nothing or speaks of somebody else
   * @throws {@link ProviderUnavailableError} while nobody can say
   */
  async confirm(idToken: string | undefined, known: JsonObject): Promise<JsonObject> {
    if (idToken === undefined) return known;
    const claims = await this.#idTokens.renewed(idToken);
    const strange = strangeClaim(claims, known);
    if (strange === undefined) return claims;
    throw new ProviderFaultError('id_token_invalid', `The provider renewed the ID token with another ${strange}.`);
  }

  /**
   * What the provider says of the user beyond the ID token.
   *
   * @param known the claims of the log-in's ID token
   * @throws {@link ProviderFaultError} if the userinfo endpoint answers nonsense, or speaks of somebody else
   * @throws {@link ProviderUnavailableError} while keys or userinfo cannot be had
   */
  async describe(accessToken: string, known: JsonObject): Promise<Description> {
    const subject = typeof known.sub === 'string' ? known.sub : '';
    const [claims, userinfo] = await Promise.all([this.#read(accessToken), this.#userinfo.of(accessToken, subject)]);
    return { accessToken: claims, userinfo };
  }

  /**
   * Revokes a refresh token (RFC 7009), where the provider has an endpoint for it.
   *
   * @throws {@link OidcAuthError} if the provider did not confirm
   */
  async revoke(refreshToken: string): Promise<void> {
    const { configuration, metadata } = await this.discovery.get(this.#outbound);
    if (metadata.revocation_endpoint === undefined) return;
    await atSeam(() => tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' }));
  }

  /**
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link ProviderUnavailableError} while the keys cannot be fetched
   * @see OpenID Connect Back-Channel Logout 1.0, section 2.6
   */
  async verifyLogoutToken(token: string): Promise<LogoutToken> {
    const { metadata } = await this.discovery.get(this.#outbound);
    return orUnavailable(verifyLogoutToken(token, this.rules, metadata.issuer));
  }

  /**
   * @returns the claims of an access token of the provider that is meant for this application
   * @throws {@link TokenRejection} if the token is no proof
   * @throws {@link ProviderUnavailableError} while the keys cannot be fetched
   */
  verifyAccessToken(token: string): Promise<JsonObject> {
    return orUnavailable(this.accessTokens.claims(token));
  }

  /** Ends what is under way, and refuses what comes. */
  close(): void {
    this.#patient.close();
    this.#outbound.close();
  }

  /** An access token that is opaque, or for others, is usual with some providers: told once, and again when that changes. */
  async #read(accessToken: string): Promise<JsonObject | undefined> {
    try {
      const claims = await this.verifyAccessToken(accessToken);
      this.#unread = undefined;
      return claims;
    } catch (error) {
      if (!(error instanceof TokenRejection)) throw error;
      if (this.#unread !== error.reason) {
        this.report({
          what: 'access token',
          reason: error.reason,
          message:
            'Roles come from userinfo and ID token alone. If it is meant for this application, look at the option audience.',
        });
      }
      this.#unread = error.reason;
      return undefined;
    }
  }
}

async function orUnavailable<T>(proof: Promise<T>): Promise<T> {
  try {
    return await proof;
  } catch (error) {
    throw unavailable(error);
  }
}
