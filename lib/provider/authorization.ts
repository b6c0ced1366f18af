import { createHash } from 'node:crypto';
import { buildAuthorizationUrl, calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier } from 'openid-client';
import { InvalidRequestError, ProviderFaultError } from '../errors/index.js';
import type { DiscoveredProvider, Discovery } from './discovery.js';
import { LOGIN_LIFETIME, newAttempt, newAttemptCookie, type AttemptCookie, type LoginState } from './login-state.js';
import type { ProviderSettings } from './provider.settings.js';
import { redirectTarget, type RedirectTarget } from './redirect-targets.js';
import type { Sealer } from './seal.js';

/** A client's wish to log in, checked for form only. */
export interface LoginRequest {
  redirectUri: string;
  /** Parameters that go on to the provider as they are: `prompt`, `login_hint`, `acr_values`, `ui_locales`. */
  passed: Readonly<Record<string, string>>;
  scope: string | undefined;
  offlineAccess: boolean;
  /** A native client's own PKCE challenge and state. */
  own: { codeChallenge: string; state: string | undefined } | undefined;
}

/** Where to send the browser, and the cookie that it has to bring back. */
export interface LoginRedirect {
  url: string;
  cookie: AttemptCookie | undefined;
}

/** What binds the answer to the request. */
interface BoundLogin {
  parameters: Record<string, string>;
  cookie: AttemptCookie | undefined;
}

/** Begins log-ins: OpenID Connect Core 1.0, section 3.1.2.1, with PKCE (RFC 7636). */
export class Authorization {
  constructor(
    private readonly settings: ProviderSettings,
    private readonly discovery: Discovery,
    private readonly states: Sealer<LoginState>,
    private readonly nonces: Sealer,
  ) {}

  /**
   * @throws {@link InvalidRequestError} if the target is not allowed, whether or not the provider can be reached
   * @throws {@link ProviderUnavailableError}
   */
  async begin(request: LoginRequest): Promise<LoginRedirect> {
    const target = redirectTarget(request.redirectUri, this.settings.login);
    const provider = await this.discovery.get();
    const scope = this.#scope(request, provider);
    const bound = request.own
      ? this.#boundByClient(request.own, target, provider.metadata.issuer)
      : await this.#boundByState(target, scope);
    return { url: this.#url(provider, request, { ...bound.parameters, scope }), cookie: bound.cookie };
  }

  /** The nonces that a log-in with a client's own challenge may have used: one per secret. */
  ownNonces(issuer: string, codeChallenge: string, redirectUri: string): [string, ...string[]] {
    return this.nonces.digests(JSON.stringify([issuer, codeChallenge, redirectUri]));
  }

  #boundByClient(own: NonNullable<LoginRequest['own']>, target: RedirectTarget, issuer: string): BoundLogin {
    if (target.kind === 'own') {
      throw new InvalidRequestError(
        'contradicting_parameters',
        'code_challenge is for clients that redeem the code themselves: redirect_uri cannot be the callback of this application.',
      );
    }
    const [nonce] = this.ownNonces(issuer, own.codeChallenge, target.uri);
    const parameters = { nonce, code_challenge: own.codeChallenge };
    return {
      parameters: own.state === undefined ? parameters : { ...parameters, state: own.state },
      cookie: undefined,
    };
  }

  async #boundByState(target: RedirectTarget, scope: string): Promise<BoundLogin> {
    const attempt = newAttempt(this.settings.now());
    const cookie = target.kind === 'loopback' ? undefined : newAttemptCookie(attempt);
    const state: LoginState = {
      redirectUri: target.uri,
      target: target.kind,
      nonce: randomNonce(),
      codeVerifier: randomPKCECodeVerifier(),
      scope,
      attempt,
      ...(cookie && { cookieDigest: cookie.digest }),
    };
    const parameters = {
      state: await this.states.seal(state, LOGIN_LIFETIME),
      nonce: state.nonce,
      code_challenge: await calculatePKCECodeChallenge(state.codeVerifier),
    };
    return { parameters, cookie };
  }

  #url({ configuration, metadata }: DiscoveredProvider, request: LoginRequest, own: Record<string, string>): string {
    if (metadata.authorization_endpoint === undefined) throw new ProviderFaultError('provider_lacks_endpoint');
    const { authorizationParams, offlineParams } = this.settings.login;
    return buildAuthorizationUrl(configuration, {
      ...authorizationParams,
      ...(request.offlineAccess && offlineParams),
      ...request.passed,
      ...own,
      response_type: 'code',
      redirect_uri: request.redirectUri,
      code_challenge_method: 'S256',
    }).href;
  }

  #scope({ scope, offlineAccess }: LoginRequest, provider: DiscoveredProvider): string {
    const asked = scope?.split(' ').filter(Boolean) ?? this.settings.login.scopes;
    return scopesToAsk(asked, offlineAccess, this.settings, provider);
  }
}

/** `openid` and what is asked for, with `offline_access` where it is wanted, allowed and known to the provider. */
export function scopesToAsk(
  asked: readonly string[],
  offline: boolean,
  { login }: ProviderSettings,
  { metadata }: DiscoveredProvider,
): string {
  const known = metadata.scopes_supported?.includes('offline_access') ?? true;
  const allowed = login.offlineAccess && !login.offlineParams && known;
  const wanted = offline || asked.includes('offline_access');
  const plain = asked.filter((scope) => scope !== 'offline_access');
  return [...new Set(['openid', ...plain, ...(wanted && allowed ? ['offline_access'] : [])])].join(' ');
}

/** The S256 challenge of a verifier (RFC 7636, section 4.2). */
export function challengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}
