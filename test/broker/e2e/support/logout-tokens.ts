import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { AuthApp } from '../../../support/auth-app.js';
import type { Header, SigningKey } from '../../../support/keys.js';
import type { StubProvider } from '../../../support/stub-provider.js';
import type { WireAnswer } from '../../../support/wire-client.js';

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** A logout token of the provider: genuine, but for what is given; a claim or header entry of `undefined` is left out. */
export function logoutToken(
  stub: StubProvider,
  claims: JWTPayload = {},
  header: Header = {},
  key?: SigningKey,
): Promise<string> {
  const usual = { jti: randomUUID(), sub: undefined, events: { [LOGOUT_EVENT]: {} } };
  return stub.idToken({ ...usual, ...claims }, { typ: 'logout+jwt', ...header }, key);
}

/** The provider sends a logout token. */
export function sendLogout({ client }: Pick<AuthApp, 'client'>, token: string): Promise<WireAnswer> {
  return client.post('/auth/v2/backchannel-logout', { logout_token: token });
}
