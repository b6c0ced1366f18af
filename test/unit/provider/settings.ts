import type { DiscoverySettings, LoginSettings } from '../../../lib/provider/index.js';

/** Log-ins of an application at `https://app.example.org/api`. */
export function loginSettings(others: Partial<LoginSettings> = {}): LoginSettings {
  return {
    scopes: ['profile'],
    offlineAccess: true,
    offlineParams: undefined,
    authorizationParams: {},
    baseUrl: 'https://app.example.org/api',
    callbackUrl: 'https://app.example.org/api/auth/v2/callback',
    redirectUris: [],
    postLogoutRedirectUris: [],
    loopback: true,
    acceptStateAsVerifier: true,
    devicePkce: true,
    ...others,
  };
}

/** A provider at `https://idp.example.org/realms/demo`. */
export function discoverySettings(others: Partial<DiscoverySettings> = {}): DiscoverySettings {
  return {
    url: new URL('https://idp.example.org/realms/demo/.well-known/openid-configuration'),
    issuers: ['https://idp.example.org/realms/demo', 'https://idp.example.org/realms/demo/'],
    internalBaseUrl: undefined,
    insecureHttp: false,
    overrides: {},
    ...others,
  };
}
