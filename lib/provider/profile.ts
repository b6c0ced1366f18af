import { fetchUserInfo, skipSubjectCheck } from 'openid-client';
import { InvalidTokenError, NotFoundError, OidcAuthError } from '../errors/index.js';
import type { IDToken } from '../tokens/index.js';
import type { Discovery } from './discovery.js';
import { atSeam } from './seam.js';
import { userInfoFrom, type UserInfo } from './user-info.js';

/** Who the user of an access token is: from its claims, else from the provider. */
export class Profile {
  constructor(private readonly discovery: Discovery) {}

  /**
   * @throws {@link InvalidTokenError} if the provider no longer takes the token
   * @throws {@link NotFoundError} if nobody knows the user's name
   */
  async of(token: IDToken, accessToken: string): Promise<UserInfo> {
    const info = userInfoFrom(token) ?? userInfoFrom(await this.#ask(accessToken));
    if (info) return info;
    throw new NotFoundError('username_unknown', 'Neither the token nor the provider says what the user is called.');
  }

  /** An access token's subject need not be the one that userinfo names (Entra ID, Okta): they are not compared. */
  async #ask(accessToken: string): Promise<object> {
    const { configuration, metadata } = await this.discovery.get();
    if (metadata.userinfo_endpoint === undefined) return {};
    try {
      return await atSeam(() => fetchUserInfo(configuration, accessToken, skipSubjectCheck));
    } catch (error) {
      if (error instanceof OidcAuthError && error.reason === 'provider_refuses_client') {
        throw new InvalidTokenError('userinfo_refused', 'The provider no longer accepts the token.');
      }
      throw error;
    }
  }
}
