import { ClientSecretPost } from 'openid-client';
import type { DiscoverySettings, LoginSettings, ProviderSettings } from '../../../lib/provider/index.js';
import { nodeCheck } from '../../../lib/tokens/index.js';

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

/** The client `my-client` of a provider on loopback, whose access tokens are for `my-api`. */
export function providerSettings(
  { issuer, discoveryUrl }: { issuer: string; discoveryUrl: string },
  others: Partial<ProviderSettings> = {},
): ProviderSettings {
  return {
    instance: 'default',
    clientId: 'my-client',
    clientAuthentication: ClientSecretPost('the secret of my client is long enough'),
    discovery: discoverySettings({ url: new URL(discoveryUrl), issuers: [issuer] }),
    fetch: (...request) => fetch(...request),
    now: Date.now,
    timeout: 30_000,
    providerTimeout: 30_000,
    clockTolerance: 5,
    times: { refreshAfter: 600_000, maxAge: 86_400_000, cooldown: 30_000 },
    checks: nodeCheck,
    tokenIssuers: [],
    audience: ['my-api'],
    verifiedTokens: 100,
    secrets: ['a secret that seals, of 32 characters'],
    login: loginSettings(),
    idTokens: { algorithms: ['RS256', 'ES256'], otherAudiences: ['my-api'] },
    logoutHint: true,
    idleLifetime: 2_592_000,
    ...others,
  };
}
