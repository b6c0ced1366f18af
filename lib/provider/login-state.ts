import { createHash, randomBytes } from 'node:crypto';
import { GrantError, InvalidRequestError } from '../errors/index.js';
import type { RedirectTarget } from './redirect-targets.js';
import { SealExpired, type Sealer } from './seal.js';

/** How long a log-in may take, in seconds. */
export const LOGIN_LIFETIME = 600;

/** What has to be remembered from the beginning of a log-in to its end. It travels sealed, as the parameter `state`. */
export interface LoginState {
  redirectUri: string;
  target: RedirectTarget['kind'];
  nonce: string;
  codeVerifier: string;
  scope: string;
  /** Names the attempt, and with it its cookie. */
  attempt: string;
  /** Digest of the attempt's cookie; none where the target is loopback. */
  cookieDigest?: string;
}

/** The cookie that binds an attempt to the browser that began it. */
export interface AttemptCookie {
  attempt: string;
  value: string;
}

/** A new attempt. Its name begins with its time, so that the oldest sorts first. */
export function newAttempt(now: number): string {
  return `${Math.floor(now / 1000).toString(36)}-${randomBytes(6).toString('hex')}`;
}

/** A cookie value for an attempt, and its digest for the state. */
export function newAttemptCookie(attempt: string): AttemptCookie & { digest: string } {
  const value = randomBytes(32).toString('base64url');
  return { attempt, value, digest: digestOf(value) };
}

/** Whether the state needs no cookie, or its own is among those that the browser sent. */
export function boundTo(state: LoginState, cookieOf: (attempt: string) => string | undefined): boolean {
  if (state.cookieDigest === undefined) return true;
  const value = cookieOf(state.attempt);
  return value !== undefined && digestOf(value) === state.cookieDigest;
}

/**
 * Opens the state of a log-in.
 *
 * @throws {@link InvalidRequestError} `state_invalid`, `state_expired`
 */
export async function openState(sealer: Sealer<LoginState>, state: string): Promise<LoginState> {
  try {
    return await sealer.open(state);
  } catch (error) {
    throw error instanceof SealExpired
      ? new InvalidRequestError('state_expired', 'The log-in took too long: begin anew.')
      : new InvalidRequestError(
          'state_invalid',
          'state is not one that this application issued: begin the log-in anew.',
        );
  }
}

/** The same where the state takes the place of `code_verifier`: there it is the grant that is invalid. */
export async function openVerifierState(sealer: Sealer<LoginState>, state: string): Promise<LoginState> {
  try {
    return await openState(sealer, state);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    throw new GrantError(
      'invalid_grant',
      error.reason,
      'code_verifier is neither a PKCE verifier (43 to 128 unreserved characters) nor a valid state of this application.',
    );
  }
}

function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}
