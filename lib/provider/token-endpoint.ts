import { customFetch, genericGrantRequest, type Configuration } from 'openid-client';
import { GrantError, ProviderFaultError } from '../errors/index.js';
import type { DiscoveredProvider, Discovery } from './discovery.js';
import { grantFrom, type LoginGrant, type ProviderGrant, type ProviderTokens } from './grant.js';
import { withoutIdToken } from './id-token-aside.js';
import type { IdTokenProof } from './id-token-proof.js';
import type { Outbound } from '../outbound/index.js';
import { atSeam } from './seam.js';

const VISIBLE = /^[\x21-\x7e]+$/;

/** The provider's token endpoint: one call of ours is one request to it. */
export class TokenEndpoint {
  /** @param outbound by which way it is asked */
  constructor(
    private readonly discovery: Discovery,
    private readonly idTokens: IdTokenProof,
    private readonly outbound: Outbound,
    private readonly now: () => number,
  ) {}

  /**
   * Settles when a grant can be sent at once, and its answer be proven.
   *
   * @throws {@link ProviderFaultError} `provider_lacks_endpoint`
   * @throws {@link ProviderUnavailableError}
   */
  async ready(): Promise<DiscoveredProvider> {
    const provider = await this.discovery.get(this.outbound);
    if (provider.metadata.token_endpoint === undefined) throw new ProviderFaultError('provider_lacks_endpoint');
    await this.idTokens.ready();
    return provider;
  }

  /**
   * Ends a log-in. No answer passes without an ID token that proves who logged in.
   *
   * @param scope the scopes that were asked for, where they are known
   * @param nonces any of these is the right nonce; `undefined`: there was none
   * @throws {@link GrantError} if the provider refuses, or the nonce is of another log-in
   * @throws {@link ProviderFaultError} if the answer cannot be used
   * @throws {@link ProviderUnavailableError} if there is none
   */
  async login(
    type: string,
    parameters: Record<string, string>,
    scope: string | undefined,
    nonces?: readonly string[],
  ): Promise<LoginGrant> {
    const { idToken, ...grant } = await this.grant(type, parameters, scope);
    if (idToken === undefined) throw new ProviderFaultError('id_token_missing', 'The provider sent no ID token.');
    const claims = await this.idTokens.claims(idToken);
    if (nonces && (typeof claims.nonce !== 'string' || !nonces.includes(claims.nonce))) {
      throw new GrantError('invalid_grant', 'nonce_mismatch', 'The code belongs to another log-in.');
    }
    return { ...grant, idToken, claims };
  }

  /**
   * What the provider grants. Its ID token, if there is one, is for the caller to prove.
   *
   * @throws as {@link login}
   */
  async grant(type: string, parameters: Record<string, string>, scope?: string): Promise<ProviderGrant> {
    // first, because a code or refresh token that was used up for an answer nobody can prove is lost
    const { configuration } = await this.ready();
    return this.#send(configuration, type, parameters, scope);
  }

  /**
   * Presents a refresh token. Whatever is wrong with the ID token of the answer, the rest of it is not lost: nobody has
   * looked at it yet.
   *
   * @throws {@link GrantError}, {@link ProviderFaultError}, {@link ProviderUnavailableError}
   */
  async refresh(refreshToken: string): Promise<ProviderGrant> {
    const { configuration } = await this.ready();
    let idToken: string | undefined;
    configuration[customFetch] = async (...request) => {
      const read = await withoutIdToken(await this.outbound.fetch(...request));
      idToken = read.idToken;
      return read.answer;
    };
    const grant = await this.#send(configuration, 'refresh_token', { refresh_token: refreshToken }, undefined);
    return { ...grant, idToken };
  }

  async #send(
    configuration: Configuration,
    type: string,
    parameters: Record<string, string>,
    scope: string | undefined,
  ): Promise<ProviderGrant> {
    const tokens: ProviderTokens = await atSeam(() => genericGrantRequest(configuration, type, parameters));
    if (!isUsable(tokens)) throw new ProviderFaultError('provider_answer_invalid');
    return grantFrom(tokens, scope, Math.floor(this.now() / 1000));
  }
}

/** Bearer tokens of characters that may stand in a header (RFC 6749, section 7.1 and appendix A.12). */
function isUsable({ access_token, refresh_token, token_type }: ProviderTokens): boolean {
  return token_type === 'bearer' && VISIBLE.test(access_token) && VISIBLE.test(refresh_token ?? 'none');
}
