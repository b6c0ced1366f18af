import type { JWTPayload } from 'jose';
import type { AuthApp } from '../../../support/auth-app.js';
import type { StubProvider } from '../../../support/stub-provider.js';
import { loopbackTarget, type WireAnswer } from '../../../support/wire-client.js';
import { begin, redeem } from '../../../attacks/support/logins.js';

/** What a stub provider answers at its token endpoint, beyond what it answers anyway. */
export interface Granted {
  readonly idToken?: JWTPayload;
  /** Claims of the access token, or the whole of it. */
  readonly accessToken?: JWTPayload | string;
  readonly others?: Record<string, unknown>;
}

/** The token endpoint of the provider answers so from now on. */
export function answerTokens(stub: StubProvider, { idToken, accessToken = {}, others }: Granted): void {
  stub.on('token', async () => {
    const token = typeof accessToken === 'string' ? accessToken : await stub.accessToken(accessToken);
    return stub.tokens(idToken, { access_token: token, ...others });
  });
}

/** A whole log-in at a stub provider that grants so. */
export async function logInAt(
  { client }: Pick<AuthApp, 'client'>,
  stub: StubProvider,
  granted: Granted = {},
): Promise<WireAnswer> {
  const { state, nonce } = await begin(client, loopbackTarget);
  answerTokens(stub, { ...granted, idToken: { nonce, ...granted.idToken } });
  const answer = await redeem({ client }, state);
  stub.restore('token');
  return answer;
}

/** The same for tests that need a session; both tokens. */
export async function sessionAt(
  app: Pick<AuthApp, 'client'>,
  stub: StubProvider,
  granted: Granted = {},
): Promise<{ access: string; refresh: string }> {
  const { status, text, json } = await logInAt(app, stub, granted);
  if (status !== 200) throw new Error(`The log-in was answered ${status}: ${text}`);
  return { access: String(json.access_token), refresh: String(json.refresh_token) };
}

/** Presents a refresh token of ours. */
export function refresh({ client }: Pick<AuthApp, 'client'>, token: string): Promise<WireAnswer> {
  return client.post('/auth/v2/token', { grant_type: 'refresh_token', refresh_token: token });
}
