import type { Broker, LoginGrant, LoginKind } from '../broker/index.js';
import { NotFoundError } from '../errors/index.js';
import { refusalOf, refuseShortfall, type GuardedInstance, type OidcAuthEvents } from '../guards/index.js';
import { userInfoFrom, type Provider, type UserInfo } from '../provider/index.js';
import type { IDToken, Requirement, TokenAnswer, TokenProof } from '../tokens/index.js';
import { endpointPath, type EndpointPaths } from './endpoints.js';

/** What a registration is made of. */
export interface OidcAuthParts {
  name: string;
  prefix: string;
  baseUrl: string | undefined;
  endpoints: EndpointPaths;
  provider: Provider;
  proof: TokenProof;
  requirement: Requirement;
  events: OidcAuthEvents;
  broker: Broker | undefined;
  logoutHint: boolean;
  carries: readonly string[] | undefined;
}

/** Whoever turns what the provider granted into what clients get. */
interface Issuing {
  issue(grant: LoginGrant, kind: LoginKind): Promise<TokenAnswer>;
  refresh(refreshToken: string): Promise<TokenAnswer>;
}

/** One registration of the module, at work: what AuthController answers with, and what an application can call itself. */
export class OidcAuth implements GuardedInstance {
  /** Name of the registration. */
  readonly name: string;
  /** Path before `/auth/v2/…`. */
  readonly prefix: string;
  /** The public URL under which the endpoints answer, where it is known. */
  readonly baseUrl: string | undefined;
  /** @internal */
  readonly endpoints: EndpointPaths;
  /** @internal */
  readonly provider: Provider;
  /** @internal */
  readonly accessTokens: TokenProof;
  /** @internal */
  readonly requirement: Requirement;
  /** @internal */
  readonly events: OidcAuthEvents;
  /** @internal */
  readonly broker: Broker | undefined;
  /** @internal */
  readonly carries: readonly string[] | undefined;
  readonly #logoutHint: boolean;

  /** @internal */
  constructor(parts: OidcAuthParts) {
    this.name = parts.name;
    this.prefix = parts.prefix;
    this.baseUrl = parts.baseUrl;
    this.endpoints = parts.endpoints;
    this.provider = parts.provider;
    this.accessTokens = parts.proof;
    this.requirement = parts.requirement;
    this.events = parts.events;
    this.broker = parts.broker;
    this.carries = parts.carries;
    this.#logoutHint = parts.logoutHint;
  }

  /**
   * Proves an access token that came by another way than a guard, such as a message or a socket.
   *
   * @param token the token alone, without `Bearer`
   * @throws {@link InvalidTokenError} if it is no proof
   * @throws {@link InsufficientScopeError} if it lacks what the option `claims` wants of every token
   * @throws {@link ProviderUnavailableError} while the provider's keys cannot be fetched
   * @throws {@link StoreUnavailableError} in broker mode, while nobody can say whether the session lives
   */
  async verify(token: string): Promise<IDToken> {
    const verified = await proven(() => this.accessTokens.verify(token));
    refuseShortfall(this.requirement.shortfall(verified));
    return verified;
  }

  /**
   * Broker mode: clears up what has expired, which happens in the background unless `broker.purge` is `false`.
   *
   * @throws `Error` without broker mode
   */
  async purgeExpired(): Promise<void> {
    if (!this.broker) throw new Error('There is nothing to purge: the option broker is not set.');
    await this.broker.purgeExpired();
  }

  /**
   * The public URL of an endpoint; its path, where the base URL is not known.
   *
   * @internal
   */
  urlOf(endpoint: keyof EndpointPaths): string | undefined {
    const path = endpointPath(endpoint, this.endpoints);
    return path === undefined ? undefined : `${this.baseUrl ?? ''}${path}`;
  }

  /** @internal */
  get issuing(): Issuing {
    return this.broker ?? this.provider.passThrough;
  }

  /** @internal */
  async userInfo(bearer: string): Promise<UserInfo> {
    const token = await this.verify(bearer);
    if (!this.broker) return this.provider.profile.of(token, bearer);
    const info = userInfoFrom(await this.broker.userOf(token));
    if (info) return info;
    throw new NotFoundError('username_unknown', 'The provider has not said what the user is called.');
  }

  /**
   * Gives up an access token, and with it the session in broker mode.
   *
   * @returns the ID token with which to log out at the provider, where there is one
   * @internal
   */
  async giveUp(token: string): Promise<string | undefined> {
    const { broker } = this;
    if (broker) {
      const hint = await proven(() => broker.logOut(token));
      return this.#logoutHint ? hint : undefined;
    }
    await this.verify(token);
    return this.provider.logout.giveUp(token);
  }
}

async function proven<T>(proof: () => T | Promise<T>): Promise<T> {
  try {
    return await proof();
  } catch (error) {
    throw refusalOf(error);
  }
}
