import { refusalOf, refuseShortfall, type GuardedInstance, type OidcAuthEvents } from '../guards/index.js';
import type { Provider } from '../provider/index.js';
import type { AccessTokens, IDToken, Requirement } from '../tokens/index.js';

/** One registration of the module, at work: what AuthController answers with, and what an application can call itself. */
export class OidcAuth implements GuardedInstance {
  constructor(
    /** Name of the registration. */
    readonly name: string,
    /** Path before `/auth/v2/…`. */
    readonly prefix: string,
    /** The public URL under which the endpoints answer, where it is known. */
    readonly baseUrl: string | undefined,
    /** The logout endpoint's path below `baseUrl`. */
    readonly logoutPath: string | undefined,
    /** @internal */
    readonly provider: Provider,
    /** @internal */
    readonly accessTokens: AccessTokens,
    /** @internal */
    readonly requirement: Requirement,
    /** @internal */
    readonly events: OidcAuthEvents,
  ) {}

  /**
   * Proves an access token that came by another way than a guard, such as a message or a socket.
   *
   * @param token the token alone, without `Bearer`
   * @throws {@link InvalidTokenError} if it is no proof
   * @throws {@link InsufficientScopeError} if it lacks what the option `claims` wants of every token
   * @throws {@link ProviderUnavailableError} while the provider's keys cannot be fetched
   */
  async verify(token: string): Promise<IDToken> {
    const verified = await this.accessTokens.verify(token).catch((error: unknown) => {
      throw refusalOf(error);
    });
    refuseShortfall(this.requirement.shortfall(verified));
    return verified;
  }
}
