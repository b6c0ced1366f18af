import type { ProviderSettings } from './provider.settings.js';
import { tokenAnswer, type TokenAnswer } from './token-answer.js';
import type { TokenEndpoint } from './token-endpoint.js';

/** Renews the provider's tokens: RFC 6749, section 6. The provider knows whose refresh token it is. */
export class RefreshGrant {
  constructor(
    private readonly settings: ProviderSettings,
    private readonly endpoint: TokenEndpoint,
  ) {}

  async refresh(refreshToken: string): Promise<TokenAnswer> {
    const tokens = await this.endpoint.grant('refresh_token', { refresh_token: refreshToken }, { required: false });
    // a provider that does not rotate sends none: the one at hand stays good (RFC 6749, section 6)
    const kept = { ...tokens, refresh_token: tokens.refresh_token ?? refreshToken };
    const { now, idleLifetime } = this.settings;
    return tokenAnswer(kept, undefined, Math.floor(now() / 1000), idleLifetime);
  }
}
