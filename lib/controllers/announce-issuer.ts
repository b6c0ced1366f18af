import type { AbstractHttpAdapter } from '@nestjs/core';
import { Exchange, type HttpRequest } from '../http/index.js';
import { endpointPath } from './endpoints.js';
import type { OidcAuth } from './oidc-auth.js';
import { METADATA_AGE, serverMetadata } from './server-metadata.js';

const WELL_KNOWN = '/.well-known/oauth-authorization-server';

/**
 * Serves the broker's metadata where RFC 8414, section 3.1 wants them: at the root of the host, with the issuer's path after
 * the well-known one. No controller can be there, because a global prefix would move it.
 */
export function announceIssuer(adapter: AbstractHttpAdapter, auth: OidcAuth): void {
  const { broker, baseUrl } = auth;
  if (!broker || baseUrl === undefined || auth.endpoints.metadata === false) return;
  const { pathname } = new URL(baseUrl);
  // an issuer without a path has its document where the endpoint is, unless that was moved
  if (pathname === '/' && endpointPath('metadata', auth.endpoints) === WELL_KNOWN) return;
  adapter.get(pathname === '/' ? WELL_KNOWN : WELL_KNOWN + pathname, (request: HttpRequest, response: unknown) => {
    new Exchange(adapter, request, response).document(serverMetadata(auth, broker), METADATA_AGE);
  });
}
