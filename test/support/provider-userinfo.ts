import type { IncomingMessage, ServerResponse } from 'node:http';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { SigningKey } from './keys.js';
import type { UserClaims } from './provider-users.js';

/** `oidc-provider` refuses JWT access tokens at userinfo, where Keycloak and others take them. */
export async function userinfo(
  issuer: string,
  keys: readonly SigningKey[],
  users: Record<string, UserClaims>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const keySet = createLocalJWKSet({ keys: keys.map(({ publicJwk }) => publicJwk) });
  const verified = await jwtVerify(bearerOf(request), keySet, { issuer }).catch(() => undefined);
  const user = Object.values(users).find(({ sub }) => sub === verified?.payload.sub);
  response.statusCode = user ? 200 : 401;
  response.setHeader('content-type', 'application/json').end(JSON.stringify(user ?? { error: 'invalid_token' }));
}

export function bearerOf({ headers }: IncomingMessage): string {
  return headers.authorization?.replace(/^Bearer /i, '') ?? '';
}
