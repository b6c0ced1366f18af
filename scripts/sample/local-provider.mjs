import { randomBytes } from 'node:crypto';
import { root } from '../run.mjs';

/** The local provider's environment, and the one with which the application uses it. */
export function localProvider(port, issuer, baseUrl) {
  const client = { clientId: 'sample', clientSecret: randomBytes(32).toString('base64url'), audience: `${baseUrl}/` };
  const file = `${root}sample-app/data/provider-${port}.json`;
  return {
    port,
    issuer,
    env: {
      ...process.env,
      PORT: String(port),
      LOCAL_PROVIDER: JSON.stringify({ issuer, baseUrl, file, ...client }),
    },
    applicationEnv: {
      OIDC_DISCOVERY_URL: `${issuer}/.well-known/openid-configuration`,
      OIDC_CLIENT_ID: client.clientId,
      OIDC_CLIENT_SECRET: client.clientSecret,
      OIDC_AUDIENCE: client.audience,
      OIDC_SCOPES: 'profile email reports:read',
    },
  };
}
