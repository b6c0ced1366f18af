import { randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { sign, type Header, type SigningKey } from '../../../support/keys.js';
import type { Instance } from './instance.js';

/**
 * A token as an instance issues them, signed with its own key, but for what is changed: what the real one would never
 * issue, or not today.
 */
export async function forged(
  by: Instance,
  changes: JWTPayload = {},
  { key, header }: { key?: SigningKey; header?: Header } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const usual = {
    iss: by.issuer,
    aud: 'own-api',
    sub: 'alice.adams',
    preferred_username: 'alice.adams',
    email: 'alice@example.org',
    roles: [],
    jti: randomUUID(),
    iat: now,
    exp: now + 300,
  };
  return sign(key ?? (await by.key()), { ...usual, ...changes }, { typ: 'at+jwt', ...header });
}
