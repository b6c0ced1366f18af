import { AuthorizationRefusedError, GrantError, InvalidRequestError, type OidcAuthError } from '../errors/index.js';
import { challengeOf, type Authorization } from './authorization.js';
import type { Discovery } from './discovery.js';
import type { LoginGrant } from './grant.js';
import { boundTo, openState, openVerifierState, type LoginState } from './login-state.js';
import type { ProviderSettings } from './provider.settings.js';
import { redirectTarget } from './redirect-targets.js';
import type { Sealer } from './seal.js';
import type { TokenEndpoint } from './token-endpoint.js';

/** What came back to our callback. */
export interface CallbackRequest {
  code: string | undefined;
  state: string | undefined;
  iss: string | undefined;
  error: string | undefined;
}

/** A code that a client redeems itself. */
export interface CodeRequest {
  code: string;
  redirectUri: string;
  /** The client's PKCE verifier, or the state of its log-in. */
  codeVerifier: string;
  iss: string | undefined;
}

/** The cookies of log-in attempts that the browser sent. */
export interface AttemptCookies {
  valueOf(attempt: string): string | undefined;
  /** An attempt's cookie is good for one use. */
  drop(attempt: string): void;
}

const PKCE_VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;
const ERROR_CODE = /^[a-z_]{1,64}$/;

/** Ends log-ins: the code for tokens (OpenID Connect Core 1.0, section 3.1.3). */
export class CodeGrant {
  constructor(
    private readonly settings: ProviderSettings,
    private readonly discovery: Discovery,
    private readonly states: Sealer<LoginState>,
    private readonly authorization: Authorization,
    private readonly endpoint: TokenEndpoint,
  ) {}

  /**
   * The browser is back at our own callback.
   *
   * @throws {@link InvalidRequestError} if the state is not of this browser's own log-in here
   * @throws {@link AuthorizationRefusedError} if the provider or the user refused
   */
  async callback({ code, state, iss, error }: CallbackRequest, cookies: AttemptCookies): Promise<LoginGrant> {
    if (state === undefined) {
      throw new InvalidRequestError('missing_parameter', 'state is missing: log-ins begin at the login endpoint.');
    }
    const opened = await openState(this.states, state);
    const bound = boundTo(opened, (attempt) => cookies.valueOf(attempt));
    cookies.drop(opened.attempt);
    if (opened.target !== 'own') {
      throw new InvalidRequestError('state_not_for_this_target', 'state belongs to a log-in that ends elsewhere.');
    }
    if (!bound) {
      throw new InvalidRequestError(
        'state_cookie_missing',
        'The log-in was begun in another browser, has been used before, or cookies are blocked: begin it anew.',
      );
    }
    await this.#checkIssuer(iss, true, (description) => new InvalidRequestError('issuer_mismatch', description));
    if (error !== undefined) throw new AuthorizationRefusedError(ERROR_CODE.test(error) ? error : 'server_error');
    if (code === undefined) throw new InvalidRequestError('missing_parameter', 'code is missing.');
    return this.#redeem(code, opened.redirectUri, opened.codeVerifier, [opened.nonce], opened.scope);
  }

  /**
   * A client redeems its code at the token endpoint.
   *
   * @throws {@link GrantError} `invalid_grant` if verifier or state do not fit
   */
  async redeem(request: CodeRequest, cookies: AttemptCookies): Promise<LoginGrant> {
    const { code, redirectUri, codeVerifier, iss } = request;
    const { kind } = redirectTarget(redirectUri, this.settings.login);
    const own = PKCE_VERIFIER.test(codeVerifier);
    const state = own ? undefined : await this.#stateAsVerifier(request, kind, cookies);
    const issuer = await this.#checkIssuer(
      iss,
      false,
      (text) => new GrantError('invalid_grant', 'issuer_mismatch', text),
    );
    if (state) return this.#redeem(code, redirectUri, state.codeVerifier, [state.nonce], state.scope);
    const nonces = this.authorization.ownNonces(issuer, challengeOf(codeVerifier), redirectUri);
    return this.#redeem(code, redirectUri, codeVerifier, nonces, undefined);
  }

  async #stateAsVerifier(
    request: CodeRequest,
    kind: LoginState['target'],
    cookies: AttemptCookies,
  ): Promise<LoginState> {
    if (!this.settings.login.acceptStateAsVerifier) {
      throw new GrantError(
        'invalid_grant',
        'state_as_verifier_disabled',
        'code_verifier has to be the PKCE verifier (43 to 128 unreserved characters) of a code_challenge sent to the login endpoint.',
      );
    }
    const state = await openVerifierState(this.states, request.codeVerifier);
    const bound = boundTo(state, (attempt) => cookies.valueOf(attempt));
    if (state.redirectUri !== request.redirectUri || state.target !== kind || kind === 'own') {
      throw new GrantError(
        'invalid_grant',
        'state_not_for_this_target',
        'The log-in was not begun for this redirect_uri.',
      );
    }
    cookies.drop(state.attempt);
    if (!bound) {
      throw new GrantError(
        'invalid_grant',
        'state_cookie_missing',
        'The log-in was begun in another browser, or has been used.',
      );
    }
    return state;
  }

  /**
   * @param promised whether an authorization response is at hand, which has to have `iss` if the metadata promise it
   * @see RFC 9207, section 2.4
   */
  async #checkIssuer(
    iss: string | undefined,
    promised: boolean,
    refuse: (description: string) => OidcAuthError,
  ): Promise<string> {
    const { metadata } = await this.discovery.get();
    const required = promised && metadata.authorization_response_iss_parameter_supported === true;
    if (iss === undefined ? required : iss !== metadata.issuer) {
      throw refuse('iss is not the issuer with which this log-in was begun.');
    }
    return metadata.issuer;
  }

  #redeem(
    code: string,
    redirectUri: string,
    verifier: string,
    nonces: readonly string[],
    scope: string | undefined,
  ): Promise<LoginGrant> {
    const parameters = { code, redirect_uri: redirectUri, code_verifier: verifier };
    return this.endpoint.login('authorization_code', parameters, scope, nonces);
  }
}
