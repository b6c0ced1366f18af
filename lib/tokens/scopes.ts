interface ScopeClaims {
  scope?: unknown;
  scp?: unknown;
}

/**
 * The scopes that a token grants: `scope` (RFC 9068, section 2.2.3) or, where there is none, `scp` (Entra ID, Okta); a
 * space-separated string or a list. Nothing else grants anything, and no claim grants nothing.
 */
export function grantedScopes(claims: ScopeClaims): ReadonlySet<string> {
  const claim = claims.scope ?? claims.scp;
  if (typeof claim === 'string') return new Set(claim.split(' ').filter(Boolean));
  if (Array.isArray(claim) && claim.every((scope) => typeof scope === 'string')) return new Set(claim);
  return new Set();
}

/** Whether the token speaks of scopes at all, which ID tokens do not. */
export function mentionsScopes({ scope, scp }: ScopeClaims): boolean {
  return [scope, scp].some((claim) => typeof claim === 'string' || Array.isArray(claim));
}
