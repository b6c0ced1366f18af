import type { ClientMetadata } from 'oidc-provider';
import type { SigningKey } from './keys.js';

/** The clients that the real provider knows, one per way of authenticating. */
export const clients = {
  basic: { clientId: 'my-client', clientSecret: 'the-secret-of-my-client-is-long-enough' },
  post: { clientId: 'my-post-client', clientSecret: 'the-secret-of-my-post-client-is-long-enough' },
  public: { clientId: 'my-public-client' },
  privateKey: { clientId: 'my-key-client' },
} as const;

const device = 'urn:ietf:params:oauth:grant-type:device_code';

const common = {
  redirect_uris: ['https://app.example.org/auth/v2/callback'],
  post_logout_redirect_uris: ['https://app.example.org/'],
  grant_types: ['authorization_code', 'refresh_token', device],
  response_types: ['code'],
} satisfies Partial<ClientMetadata>;

/** The registrations of {@link clients}; `key` is what the private_key_jwt client signs with. */
export function registrations(key: SigningKey): ClientMetadata[] {
  const { basic, post, public: open, privateKey } = clients;
  return [
    { ...common, ...secretOf(basic), token_endpoint_auth_method: 'client_secret_basic' },
    { ...common, ...secretOf(post), token_endpoint_auth_method: 'client_secret_post' },
    { ...common, client_id: open.clientId, token_endpoint_auth_method: 'none' },
    {
      ...common,
      client_id: privateKey.clientId,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: key.alg as 'RS256',
      jwks: { keys: [key.publicJwk] },
    },
  ];
}

function secretOf({ clientId, clientSecret }: { clientId: string; clientSecret: string }) {
  return { client_id: clientId, client_secret: clientSecret };
}
