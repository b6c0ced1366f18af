import type { Broker } from '../broker/index.js';
import type { OidcAuth } from './oidc-auth.js';

/** How long the metadata may be cached, in seconds. */
export const METADATA_AGE = 300;

/**
 * What broker mode is to OAuth libraries: an authorization server without authorization endpoint, whose clients need no
 * secret.
 *
 * @see RFC 8414, section 2
 */
export function serverMetadata(auth: OidcAuth, broker: Broker): object {
  const urls = {
    jwks_uri: auth.urlOf('jwks'),
    token_endpoint: auth.urlOf('token'),
    device_authorization_endpoint: auth.urlOf('device'),
    revocation_endpoint: auth.urlOf('revoke'),
  };
  return {
    issuer: auth.baseUrl,
    ...Object.fromEntries(Object.entries(urls).filter(([, url]) => url !== undefined)),
    response_types_supported: [],
    grant_types_supported: [
      'refresh_token',
      ...(urls.device_authorization_endpoint === undefined ? [] : ['urn:ietf:params:oauth:grant-type:device_code']),
      ...(broker.exchanges ? ['urn:ietf:params:oauth:grant-type:token-exchange'] : []),
    ],
    token_endpoint_auth_methods_supported: ['none'],
    ...(urls.revocation_endpoint !== undefined && { revocation_endpoint_auth_methods_supported: ['none'] }),
  };
}
