import { Inject, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Broker } from '../broker/index.js';
import { InvalidRequestError, MissingTokenError, NotFoundError } from '../errors/index.js';
import { Exchange, optional, required, type HttpRequest } from '../http/index.js';
import { LOGIN_LIFETIME } from '../provider/index.js';
import type { TokenAnswer } from '../tokens/index.js';
import { METADATA_AGE, serverMetadata } from './server-metadata.js';
import { loginRequest } from './login-request.js';
import { OidcAuth } from './oidc-auth.js';
import { tokenRequest, type TokenRequest } from './token-request.js';

const MOST_STATE = 12_288;
const MOST_TOKEN = 16_384;

/**
 * The standard endpoints. Extend it to add endpoints of your own beside them, under the same prefix, and hand the class to
 * the module as `controller`; a method that overrides a standard one keeps its endpoint.
 *
 * @example
 * ```ts
 * import { Get } from '@nestjs/common';
 * import { AuthController } from 'nestjs-oidc-auth';
 *
 * export class MyAuthController extends AuthController {
 *   @Get('auth/v2/auth-ports')
 *   ports() {
 *     return { valid_ports: [53100, 53101] };
 *   }
 * }
 * ```
 */
export class AuthController {
  constructor(
    @Inject(OidcAuth) protected readonly auth: OidcAuth,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /** `GET /auth/v2/login`: sends the browser to the provider. */
  async login(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    exchange.refuseHead();
    const { url, cookie } = await this.auth.provider.authorization.begin(loginRequest(exchange.query));
    if (cookie) this.#cookies(exchange).set(cookie.attempt, cookie.value);
    exchange.redirect(url);
  }

  /** `GET /auth/v2/callback`: the browser is back; answers the tokens. */
  async callback(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    exchange.json(await this.completeLogin(exchange));
  }

  /** `POST /auth/v2/token`: a code, a refresh token, a device code or, in broker mode, another access token for tokens. */
  async token(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const { broker } = this.auth;
    const asked = tokenRequest(await exchange.form(), broker?.exchanges ?? false, broker !== undefined);
    exchange.json(await this.#grant(asked, exchange));
  }

  /** `POST /auth/v2/device`: begins a log-in for a device without browser (RFC 8628). */
  async device(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    await exchange.form();
    exchange.json(await this.auth.provider.deviceFlow.start());
  }

  /** `GET /auth/v2/userinfo`: who the bearer is, in the Python family's names. */
  async userinfo(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const { bearer } = exchange;
    if (bearer === undefined) throw new MissingTokenError();
    exchange.json(await this.auth.userInfo(bearer));
  }

  /**
   * `POST /auth/v2/logout`: gives up the token, in broker mode the session, and says where the browser has to go to end the
   * provider's session.
   */
  async logout(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    const { bearer } = exchange;
    const posted = optional(await exchange.form(), 'token', MOST_TOKEN);
    if (bearer !== undefined && posted !== undefined && bearer !== posted) {
      throw new InvalidRequestError(
        'contradicting_parameters',
        'The form and the Authorization header carry different tokens.',
      );
    }
    const hint = await this.auth.giveUp(bearer ?? posted ?? missing());
    const ticket = await this.auth.provider.logout.ticket(hint);
    const endpoint = this.auth.baseUrl === undefined ? exchange.path : (this.auth.urlOf('logout') ?? '');
    exchange.json({ logout_url: `${endpoint}?ticket=${ticket}` });
  }

  /** `GET /auth/v2/logout`: sends the browser on to end the provider's session. */
  async endSession(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    exchange.refuseHead();
    const { query, bearer } = exchange;
    const { logout } = this.auth.provider;
    const postLogoutRedirectUri = optional(query, 'post_logout_redirect_uri');
    const state = optional(query, 'state');
    const ticket = optional(query, 'ticket', MOST_STATE);
    logout.checkTarget(postLogoutRedirectUri);
    const carried = ticket === undefined ? undefined : await logout.redeem(ticket);
    const given = bearer === undefined ? undefined : await this.auth.giveUp(bearer);
    const url = await logout.endSession({ postLogoutRedirectUri, state, idTokenHint: carried ?? given });
    if (url === undefined) exchange.json({ detail: 'The provider has no log-out of its own.' });
    else exchange.redirect(url);
  }

  /** `POST /auth/v2/revoke`, in broker mode: ends the session of a refresh or access token (RFC 7009). */
  async revoke(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    await this.#broker.revoke(required(await exchange.form(), 'token', MOST_TOKEN));
    exchange.json({});
  }

  /** `POST /auth/v2/backchannel-logout`, in broker mode: the provider ends sessions (OpenID Connect Back-Channel Logout 1.0). */
  async backchannelLogout(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const exchange = this.exchange(request, response);
    await this.#broker.backchannelLogout(required(await exchange.form(), 'logout_token', MOST_TOKEN));
    exchange.json({});
  }

  /** `GET /auth/v2/.well-known/jwks.json`, in broker mode: the public signing keys (RFC 7517). */
  async jwks(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    const { jwks, maxAge } = await this.#broker.jwks();
    this.exchange(request, response).document(jwks, maxAge);
  }

  /** `GET /.well-known/oauth-authorization-server`, in broker mode: what any OAuth library has to know (RFC 8414). */
  async metadata(@Req() request: unknown, @Res() response: unknown): Promise<void> {
    this.exchange(request, response).document(serverMetadata(this.auth, this.#broker), METADATA_AGE);
  }

  /**
   * Ends the log-in of the browser that is back at the callback, for subclasses that answer in their own way: override
   * `callback`, and set a cookie or redirect with what this returns.
   *
   * @throws {@link InvalidRequestError} if the log-in was not begun by this browser, here, just now
   */
  protected async completeLogin(exchange: Exchange): Promise<TokenAnswer> {
    exchange.refuseHead();
    const { query } = exchange;
    const answer = {
      code: optional(query, 'code', MOST_STATE),
      state: optional(query, 'state', MOST_STATE),
      iss: optional(query, 'iss'),
      error: optional(query, 'error'),
    };
    const grant = await this.auth.provider.codeGrant.callback(answer, this.#cookies(exchange));
    return this.auth.issuing.issue(grant, 'code');
  }

  /** One request and its answer, the same on Express and Fastify. */
  protected exchange(request: unknown, response: unknown): Exchange {
    return new Exchange(this.host.httpAdapter, request as HttpRequest, response);
  }

  async #grant(request: TokenRequest, exchange: Exchange): Promise<TokenAnswer> {
    const { issuing, provider } = this.auth;
    switch (request.grant) {
      case 'authorization_code':
        return issuing.issue(await provider.codeGrant.redeem(request, this.#cookies(exchange)), 'code');
      case 'refresh_token':
        return issuing.refresh(request.refreshToken);
      case 'device_code':
        return issuing.issue(await provider.deviceFlow.poll(request.deviceCode), 'device');
      case 'token_exchange':
        return this.#broker.exchange(request);
    }
  }

  /** The endpoints of broker mode are not there without it; a subclass may call their methods all the same. */
  get #broker(): Broker {
    const { broker } = this.auth;
    if (broker) return broker;
    throw new NotFoundError('malformed_request', 'This endpoint is there in broker mode only.');
  }

  #cookies(exchange: Exchange) {
    const secure = this.auth.baseUrl?.startsWith('https:') ?? true;
    return exchange.cookies({ secure, lifetime: LOGIN_LIFETIME });
  }
}

function missing(): never {
  throw new MissingTokenError();
}
