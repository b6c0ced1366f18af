import { Browser } from '../../../support/browser.js';
import { loopbackTarget, type LoginResult, type WireAnswer, type WireClient } from '../../../support/wire-client.js';
import { answerPages, type Decision } from './pages.js';

export interface Login extends Decision {
  readonly browser?: Browser;
  /** Parameters of the login endpoint besides `redirect_uri`. */
  readonly parameters?: Record<string, string>;
}

interface Application {
  readonly client: WireClient;
}

/** Parameters of a log-in whose refresh token outlives the browser's session. */
export const offlineAccess = { offline_access: 'true' };

/** Logs a user in up to the redirect to `redirectUri`, which is not requested. @returns its parameters */
export async function returnTo(
  redirectUri: string,
  { client }: Application,
  { browser = new Browser(), parameters, ...decision }: Login = {},
): Promise<URLSearchParams> {
  const address = client.url('/auth/v2/login', { redirect_uri: redirectUri, ...parameters });
  const { url, body } = await answerPages(browser, address, { stopAt: redirectUri, ...decision });
  if (!url.href.startsWith(redirectUri)) throw new Error(`The log-in ended at ${url.href}: ${body}`);
  return url.searchParams;
}

/** Logs a user in as a native client does, up to what it posts to the token endpoint. */
export async function codeAt(app: Application, login?: Login): Promise<LoginResult> {
  const parameters = await returnTo(loopbackTarget, app, login);
  const value = (name: string) => parameters.get(name) ?? '';
  return { code: value('code'), state: value('state'), iss: value('iss'), redirectUri: loopbackTarget };
}

/** A whole log-in of a native client; the token answer. */
export async function logIn(app: Application, login?: Login): Promise<WireAnswer> {
  return app.client.redeem(await codeAt(app, login));
}

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

/** The tokens of a whole log-in. */
export async function tokensAt(app: Application, login?: Login): Promise<Tokens> {
  return tokensOf(await logIn(app, login));
}

/** @throws `Error` if it is no token answer */
export function tokensOf({ status, json, text }: WireAnswer): Tokens {
  const { access_token: access, refresh_token: refresh } = json;
  if (typeof access === 'string' && typeof refresh === 'string') return { access, refresh };
  throw new Error(`There are no tokens in this answer: ${status} ${text}`);
}

export function refreshAt({ client }: Application, refreshToken: string): Promise<WireAnswer> {
  return client.post('/auth/v2/token', { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** Presents an access token of somebody else for one of ours (RFC 8693). */
export function exchangeAt({ client }: Application, subjectToken: string): Promise<WireAnswer> {
  return client.post('/auth/v2/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  });
}
