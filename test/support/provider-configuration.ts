import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { SigningKey } from './keys.js';
import { page } from './provider-pages.js';
import type { ProviderStorage } from './provider-storage.js';
import { users as defaultUsers, type UserClaims } from './provider-users.js';

export interface ProviderOptions {
  /** `aud` of the access tokens. Default: `my-api`. */
  readonly audience?: string | string[];
  /** Scopes of the API besides the standard ones. Default: read, write, admin. */
  readonly scopes?: readonly string[];
  /** Who can log in, by log-in name. Default: `users`. */
  readonly users?: Readonly<Record<string, UserClaims>>;
  /** What an access token says about its user besides `sub`. Default: every claim of the user. */
  readonly accessTokenClaims?: (user: UserClaims) => Record<string, unknown>;
  /** When there is a refresh token. Default: when offline_access was granted. */
  readonly refreshTokens?: 'offline_access' | 'always' | 'never';
  /** Whether a refresh token works once only. Default: `true`. */
  readonly rotation?: boolean;
  /** Whether there is a device flow. Default: `true`. */
  readonly device?: boolean;
  /** Whether there is a revocation endpoint. Default: `true`. */
  readonly revocation?: boolean;
  /** Whether there is an end_session endpoint. Default: `true`. */
  readonly endSession?: boolean;
  /** Whether there is a userinfo endpoint. Default: `true`. */
  readonly userinfo?: boolean;
  /** Seconds that an access token lives. Default: 300. */
  readonly accessTokenLifetime?: number;
}

interface Parts {
  readonly options: ProviderOptions;
  readonly keys: readonly SigningKey[];
  readonly storage: ProviderStorage;
}

const standardScopes = ['openid', 'offline_access', 'profile', 'email'];
const profileClaims = ['preferred_username', 'given_name', 'family_name', 'name', 'groups', 'roles', 'realm_access'];
const day = 86_400;

/** What makes `oidc-provider` a provider like Keycloak: JWT access tokens for an API, PKCE required, every log-in by form. */
export function configuration({ options, keys, storage }: Parts): Configuration {
  const { audience = 'my-api', scopes = ['read', 'write', 'admin'], accessTokenClaims = claimsOfUser } = options;
  const users: Record<string, UserClaims> = options.users ?? defaultUsers;
  const bySubject = (sub: string) => Object.values(users).find((user) => user.sub === sub);
  return {
    adapter: storage.adapter,
    jwks: { keys: keys.map(({ privateJwk }) => privateJwk) },
    cookies: { keys: ['signs the cookies of the test provider'] },
    scopes: [...standardScopes, ...scopes],
    claims: { openid: ['sub'], profile: profileClaims, email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    clientBasedCORS: () => false,
    findAccount: (_, sub) => {
      const user = bySubject(sub);
      return user && { accountId: sub, claims: () => ({ ...user }) };
    },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    rotateRefreshToken: options.rotation ?? true,
    issueRefreshToken: (_, __, { scopes: granted }) =>
      options.refreshTokens === 'always' || (options.refreshTokens !== 'never' && granted.has('offline_access')),
    renderError: (ctx, { error, error_description }) => show(ctx, 'Error', `${error}: ${error_description}`),
    ttl: {
      AccessToken: options.accessTokenLifetime ?? 300,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: day,
      IdToken: 300,
      Interaction: 600,
      RefreshToken: day,
      Session: day,
    },
    formats: {
      customizers: {
        jwt: (_, token, { payload }) => {
          const user = token.kind === 'AccessToken' ? bySubject(token.accountId) : undefined;
          Object.assign(payload, user && accessTokenClaims(user), { sub: payload.sub, aud: audience });
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      deviceFlow: {
        enabled: options.device ?? true,
        userCodeInputSource: (ctx, form, _, error) => show(ctx, error?.name ?? 'Enter code', error ? '' : form),
        userCodeConfirmSource: (ctx, form, _, __, userCode) => show(ctx, userCode, form),
        successSource: (ctx) => show(ctx, 'Device connected'),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:example:api',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: [...standardScopes, ...scopes].join(' '),
          audience: [audience].flat()[0] ?? 'my-api',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
      revocation: {
        enabled: options.revocation ?? true,
        allowedPolicy: (_, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: options.endSession ?? true,
        logoutSource: (ctx, form) => show(ctx, 'Log out?', form),
        postLogoutSuccessSource: (ctx) => show(ctx, 'Logged out'),
      },
      userinfo: { enabled: options.userinfo ?? true },
    },
  };
}

function claimsOfUser(user: UserClaims): Record<string, unknown> {
  return user;
}

function show(ctx: KoaContextWithOIDC, title: string, content = ''): void {
  ctx.type = 'html';
  ctx.body = page(title, content);
}
