import { Provider } from 'oidc-provider';
import { pages, renderError } from './pages.js';
import { Storage } from './storage.js';
import { isUser, users } from './users.js';

export interface LocalProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  audience: string;
  /** Where the sample application answers. */
  baseUrl: string;
  /** Keeps what the provider knows. */
  file: string;
}

const identityScopes = ['openid', 'profile', 'email', 'offline_access'];
const apiScope = 'reports:read';

/** Where command-line clients wait for the user's return. */
const commandLine = [53100, 53101, 53102, 53103, 53104, 53105].map((port) => `http://localhost:${port}/callback`);

/** A real OpenID provider for development. */
export function createProvider({ issuer, clientId, clientSecret, audience, baseUrl, file }: LocalProvider): Provider {
  const { adapter, secrets } = new Storage(file);
  return new Provider(issuer, {
    adapter,
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: [`${baseUrl}/auth/v2/callback`, ...commandLine],
        post_logout_redirect_uris: [`${baseUrl}/public`],
        backchannel_logout_uri: `${baseUrl}/auth/v2/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [secrets.signingKey] },
    cookies: { keys: [secrets.cookieKey] },
    scopes: identityScopes,
    claims: {
      openid: ['sub'],
      profile: ['preferred_username', 'name', 'given_name', 'family_name', 'groups'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    findAccount: (_ctx, sub) =>
      isUser(sub) ? { accountId: sub, claims: () => ({ sub, ...users[sub].claims }) } : undefined,
    extraTokenClaims: (_ctx, token) =>
      'accountId' in token && isUser(token.accountId) ? users[token.accountId].claims : undefined,
    // As most providers do. Without offline_access it lives as long as the browser's session here.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: ({ oidc }) => grantTo(oidc.provider, oidc.session?.accountId, oidc.client?.clientId, audience),
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', ...pages.deviceFlow },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
      rpInitiatedLogout: { enabled: true, ...pages.rpInitiatedLogout },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          audience,
          scope: apiScope,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    ttl: {
      AccessToken: 600,
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    renderError,
    fetch: toApplication,
  });
}

/** Consent without asking: a user gets what `users` says, whatever more is asked for. */
export async function grantTo(
  provider: Provider,
  accountId: string | undefined,
  clientId: string | undefined,
  audience: string,
) {
  if (!isUser(accountId)) return undefined;
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(identityScopes);
  if (users[accountId].scopes.includes(apiScope)) grant.addResourceScope(audience, apiScope);
  else grant.rejectResourceScope(audience, apiScope);
  await grant.save();
  return grant;
}

/** For back-channel logout. oidc-provider's own dispatcher goes to no address on this machine, where the application is. */
async function toApplication(url: string | URL | Request, options?: RequestInit): Promise<Response> {
  return fetch(url, { ...options, dispatcher: undefined });
}
