import { Browser } from './browser.js';
import { signIn, type Decision } from './sign-in.js';

/** Where native clients listen in these tests; nothing does, because the browser stops there. */
export const loopbackTarget = 'http://127.0.0.1:53100/callback';

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, if it is JSON; else empty. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The whole seconds since 1970 between which the answer was made. */
  readonly made: readonly [from: number, to: number];
}

export interface WireRequest {
  readonly bearer?: string;
  readonly headers?: Record<string, string>;
}

/** A form or query: an object, or pairs where a name repeats. */
export type Fields = Record<string, string> | [name: string, value: string][];

export interface Login extends Decision {
  readonly browser?: Browser;
  /** Parameters of the login endpoint besides `redirect_uri`. */
  readonly parameters?: Record<string, string>;
}

/** What the browser brings back to a native client. */
export interface LoginResult {
  readonly code: string;
  readonly state: string;
  readonly iss: string;
  readonly redirectUri: string;
}

/** A client of the endpoints below one base URL: the Python client's part in these tests. */
export class WireClient {
  /** @param base the public URL before `/auth/v2` */
  constructor(readonly base: string) {}

  url(path: string, query: Fields = {}): string {
    const parameters = new URLSearchParams(query).toString();
    return `${this.base}${path}${parameters && `?${parameters}`}`;
  }

  get(path: string, query: Fields = {}, request: WireRequest = {}): Promise<WireAnswer> {
    return send(this.url(path, query), 'GET', request);
  }

  head(path: string, query: Fields = {}, request: WireRequest = {}): Promise<WireAnswer> {
    return send(this.url(path, query), 'HEAD', request);
  }

  post(path: string, form: Fields = {}, request: WireRequest = {}): Promise<WireAnswer> {
    return send(this.url(path), 'POST', request, new URLSearchParams(form));
  }

  /** The parameters of the authorization request to which the login endpoint redirects. */
  async authorizationRequest(query: Fields): Promise<URL> {
    const { status, headers, text } = await this.get('/auth/v2/login', query);
    if (status !== 302) throw new Error(`The login endpoint answered ${status}: ${text}`);
    return new URL(headers.get('location') ?? '');
  }

  /** Logs a user in up to the redirect to `redirectUri`, which is not requested. */
  async codeFor(redirectUri: string, { browser = new Browser(), parameters, ...decision }: Login = {}) {
    const address = this.url('/auth/v2/login', { redirect_uri: redirectUri, ...parameters });
    const { url, body } = await signIn(browser, address, { stopAt: redirectUri, ...decision });
    if (!url.href.startsWith(redirectUri)) throw new Error(`The log-in ended at ${url.href}: ${body.slice(0, 300)}`);
    const value = (name: string) => url.searchParams.get(name) ?? '';
    return { code: value('code'), state: value('state'), iss: value('iss'), redirectUri } satisfies LoginResult;
  }

  /** Redeems a code as a client does that lets the server do PKCE: the state takes the place of the verifier. */
  redeem({ code, state, redirectUri }: LoginResult, others: Record<string, string> = {}): Promise<WireAnswer> {
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: state };
    return this.post('/auth/v2/token', { ...form, ...others });
  }

  /** A whole log-in of a native client; the token answer. */
  async logIn(login: Login = {}): Promise<WireAnswer> {
    return this.redeem(await this.codeFor(loopbackTarget, login));
  }

  /** An access token of the provider for one of its users. */
  async accessToken(user = 'alice', parameters: Record<string, string> = {}): Promise<string> {
    const { status, json, text } = await this.logIn({ user, parameters });
    if (status !== 200) throw new Error(`The token endpoint answered ${status}: ${text}`);
    return String(json.access_token);
  }
}

/** Query parameters that make the provider ask for consent and give a refresh token. */
export const offline = { offline_access: 'true', prompt: 'consent' };

async function send(url: string, method: string, request: WireRequest, body?: URLSearchParams): Promise<WireAnswer> {
  const { bearer, headers } = request;
  const authorization: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const sent = secondsNow();
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    // a kept connection may meet the end of a server that has been restarted on its port meanwhile
    headers: { connection: 'close', ...authorization, ...headers },
    ...(body && { body }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: jsonOf(text), made: [sent, secondsNow()] };
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000);
}

export function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
