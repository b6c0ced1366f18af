/** A fault of what a peer publishes, with what an administrator can do about it. */
export class PeerMetadataError extends Error {}

/**
 * Where the metadata of an issuer may be: as RFC 8414, section 3.1 has it, and, for instances that own nothing but their
 * path, below the issuer.
 */
export function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, '');
  const suffix = '/.well-known/oauth-authorization-server';
  return [...new Set([`${origin}${suffix}${path}`, `${origin}${path}${suffix}`])];
}

/** Where an instance of the Python family, which has no metadata, publishes its keys. */
export function familyJwksUri(issuer: string): string {
  return `${issuer.replace(/\/+$/, '')}/auth/v2/.well-known/jwks.json`;
}

/**
 * Where the keys are, according to a peer's metadata. They have to name the peer itself, and a place that is the peer's own.
 *
 * @returns nothing if the document is no metadata
 * @throws {@link PeerMetadataError}
 * @see RFC 8414, section 3.3
 */
export function jwksUriFrom(document: unknown, issuer: string): string | undefined {
  if (typeof document !== 'object' || document === null || !('issuer' in document)) return undefined;
  if (document.issuer !== issuer) {
    throw new PeerMetadataError(
      `Its metadata name the issuer ${shown(document.issuer)}. Trust that spelling if it is the instance you mean, or set jwksUri.`,
    );
  }
  const uri = 'jwks_uri' in document ? document.jwks_uri : undefined;
  const url = typeof uri === 'string' && URL.canParse(uri) ? new URL(uri) : undefined;
  if (url && (url.username !== '' || url.password !== '')) {
    throw new PeerMetadataError('Its metadata name a jwks_uri with a user name or password in it: set jwksUri.');
  }
  if (url?.origin === new URL(issuer).origin) return url.href;
  throw new PeerMetadataError(
    `Its metadata name the jwks_uri ${shown(uri)}, which is not on its own origin: set jwksUri if that is right.`,
  );
}

/** A value of the peer's, short enough for a log. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return (text ?? 'nothing').slice(0, 200);
}
