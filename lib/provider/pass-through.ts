import type { TokenAnswer } from '../tokens/index.js';
import type { LoginGrant, ProviderGrant } from './grant.js';
import type { LogoutHints } from './logout-hints.js';
import type { ProviderSettings } from './provider.settings.js';
import type { RefreshGrant } from './refresh-grant.js';

/** Hands on what the provider granted: without broker mode, clients get the provider's own tokens. */
export class PassThrough {
  constructor(
    private readonly settings: Pick<ProviderSettings, 'now' | 'idleLifetime'>,
    private readonly refreshGrant: RefreshGrant,
    private readonly hints: LogoutHints,
  ) {}

  /** The answer to a log-in that has ended. */
  async issue(grant: LoginGrant): Promise<TokenAnswer> {
    return this.#handOn(grant);
  }

  /**
   * The answer to a refresh token of the provider.
   *
   * @throws {@link GrantError}, {@link ProviderFaultError}, {@link ProviderUnavailableError}
   */
  async refresh(refreshToken: string): Promise<TokenAnswer> {
    const grant = await this.refreshGrant.refresh(refreshToken);
    // a provider that does not rotate sends none: the one at hand stays good (RFC 6749, section 6)
    return this.#handOn({ ...grant, refreshToken: grant.refreshToken ?? refreshToken });
  }

  #handOn(grant: ProviderGrant): TokenAnswer {
    if (grant.idToken !== undefined) this.hints.remember(grant.accessToken, grant.idToken);
    return tokenAnswer(grant, Math.floor(this.settings.now() / 1000), this.settings.idleLifetime);
  }
}

/**
 * @param now in seconds since 1970
 * @param idle lifetime of a refresh token that never expires or of which the provider says nothing, in seconds
 */
export function tokenAnswer(grant: ProviderGrant, now: number, idle: number): TokenAnswer {
  const { refreshToken, refreshLifetime = idle, scope } = grant;
  return {
    access_token: grant.accessToken,
    token_type: 'Bearer',
    expires_in: grant.expiresIn,
    expires: now + grant.expiresIn,
    ...(refreshToken !== undefined && {
      refresh_token: refreshToken,
      refresh_expires: now + (Number.isFinite(refreshLifetime) ? refreshLifetime : idle),
    }),
    ...(scope && { scope }),
  };
}
