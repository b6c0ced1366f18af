import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { pages, renderError } from './pages.js';
import { isUser, users } from './users.js';

export interface LocalProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  audience: string;
  /** Where the sample application answers. */
  baseUrl: string;
}

const identityScopes = ['openid', 'profile', 'email', 'offline_access'];
const apiScope = 'reports:read';

/** Where command-line clients wait for the user's return. */
const commandLine = [53100, 53101, 53102, 53103, 53104, 53105].map((port) => `http://localhost:${port}/callback`);

/** A real OpenID provider for development: its keys and everything it knows live as long as the process. */
export function createProvider({ issuer, clientId, clientSecret, audience, baseUrl }: LocalProvider): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: [`${baseUrl}/auth/v2/callback`, ...commandLine],
        post_logout_redirect_uris: [`${baseUrl}/public`],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
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
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: ({ oidc }) => grantTo(oidc.provider, oidc.session?.accountId, oidc.client?.clientId, audience),
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', ...pages.deviceFlow },
      revocation: { enabled: true },
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
