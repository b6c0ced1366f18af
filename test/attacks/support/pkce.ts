import { createHash, randomBytes } from 'node:crypto';

/** A PKCE verifier of 43 characters (RFC 7636, section 4.1). */
export function newVerifier(): string {
  return randomBytes(32).toString('base64url');
}

/** Its S256 challenge. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
