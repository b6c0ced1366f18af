import { randomBytes } from 'node:crypto';
import type { OidcAuthOptions } from 'nestjs-oidc-auth';

export interface Settings {
  port: number;
  oidc: OidcAuthOptions;
}

/** What the application needs from its environment; the first wrong value is an error that says so. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const port = readPort('PORT', env.PORT, 3000);
  const discoveryUrl = readUrl('OIDC_DISCOVERY_URL', required(env, 'OIDC_DISCOVERY_URL', example));
  const clientId = required(env, 'OIDC_CLIENT_ID', 'the client id that the provider gave to this application');
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    port,
    oidc: {
      clientId,
      clientSecret: env.OIDC_CLIENT_SECRET || undefined,
      discoveryUrl,
      audience: env.OIDC_AUDIENCE || clientId,
      scopes: env.OIDC_SCOPES || 'profile email',
      baseUrl,
      postLogoutRedirectUris: [`${baseUrl}/public`],
      // Enough for one process. Several share one, from wherever the application keeps its secrets.
      secret: env.OIDC_SECRET || randomBytes(32).toString('base64url'),
    },
  };
}

const example = 'e.g. https://idp.example.org/realms/demo/.well-known/openid-configuration';

export function readPort(name: string, value: string | undefined, fallback: number): number {
  const port = value ? Number(value) : fallback;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error(`${name} is "${value}": set it to a whole number from 1 to 65535.`);
}

function readUrl(name: string, value: string): string {
  if (URL.canParse(value) && /^https?:/i.test(value)) return value;
  throw new Error(`${name} is "${value}", which is no URL: ${example}.`);
}

function required(env: NodeJS.ProcessEnv, name: string, meaning: string): string {
  const value = env[name];
  if (value) return value;
  throw new Error(`${name} is not set: ${meaning}.`);
}
