import type { ProviderGrant } from './grant.js';
import type { IdTokenProof } from './id-token-proof.js';
import type { TokenEndpoint } from './token-endpoint.js';

/** Renews the provider's tokens: RFC 6749, section 6. The provider knows whose refresh token it is. */
export class RefreshGrant {
  constructor(
    private readonly endpoint: TokenEndpoint,
    private readonly idTokens: IdTokenProof,
  ) {}

  /**
   * @throws {@link GrantError} if the provider refuses
   * @throws {@link ProviderFaultError} if the answer cannot be used, or has an ID token that proves nothing
   * @throws {@link ProviderUnavailableError} if there is none
   */
  async refresh(refreshToken: string): Promise<ProviderGrant> {
    const grant = await this.endpoint.grant('refresh_token', { refresh_token: refreshToken });
    if (grant.idToken !== undefined) await this.idTokens.claims(grant.idToken);
    return grant;
  }
}
