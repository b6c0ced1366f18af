import { randomBytes } from 'node:crypto';
import type { BrokerOptions, OidcAuthOptions } from 'nestjs-oidc-auth';

export interface Settings {
  port: number;
  oidc: OidcAuthOptions & { baseUrl: string };
}

const example = 'https://idp.example.org/realms/demo/.well-known/openid-configuration';

/** What the application needs from its environment; the first wrong value is an error that says so. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const port = readPort('PORT', env.PORT, 3000);
  const discoveryUrl = readProviderUrl('OIDC_DISCOVERY_URL', env.OIDC_DISCOVERY_URL);
  const clientId = env.OIDC_CLIENT_ID;
  if (!clientId) throw new Error('OIDC_CLIENT_ID is not set: set it to the client id that the provider has given you.');
  const baseUrl = env.BASE_URL || new URL(`http://127.0.0.1:${port}`).origin;
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
      secret: readSecret('OIDC_SECRET', env.OIDC_SECRET),
      broker: readBroker(env),
    },
  };
}

/** Without BROKER_STORE sessions are kept where the package keeps them by itself, and it makes its own key. */
function readBroker({ BROKER, BROKER_STORE: store, BROKER_ENCRYPTION_KEY: key }: NodeJS.ProcessEnv) {
  if (BROKER === 'off') return undefined;
  if (BROKER) throw new Error(`BROKER is "${BROKER}": set it to off, or leave it out.`);
  const options: BrokerOptions = { audience: 'sample-api', claims: ['groups', 'name'] };
  if (store) options.store = store;
  if (key || (store && !store.startsWith('memory:'))) options.encryptionKey = readEncryptionKeys(key);
  return options;
}

/** The newest first, with commas between them. */
function readEncryptionKeys(value = ''): string[] {
  const keys = value.split(',');
  if (keys.every((key) => key.length >= 32)) return keys;
  const what = value ? 'has a key of fewer than 32 characters' : 'is not set, and it seals what BROKER_STORE keeps';
  throw new Error(
    `BROKER_ENCRYPTION_KEY ${what}. Make a key once, and keep it as you keep passwords:\n\n` +
      '  export BROKER_ENCRYPTION_KEY="$(node dist/cli.js generate-key)"\n',
  );
}

export function readPort(name: string, value: string | undefined, fallback: number): number {
  const port = value ? Number(value) : fallback;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error(`${name} is "${value}": set it to a whole number from 1 to 65535.`);
}

function readProviderUrl(name: string, value = ''): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && /^(localhost|127\.|\[::1\])/.test(url.hostname)))
    return value;
  throw new Error(`${name} is "${value}": set it to a URL on https (or http on this machine), such as ${example}`);
}

/** A random one is enough for one process. Several share one, from wherever the application keeps its secrets. */
function readSecret(name: string, value: string | undefined): string {
  if (!value) return randomBytes(32).toString('base64url');
  if (value.length >= 32) return value;
  throw new Error(`${name} has ${value.length} characters: set it to 32 random ones or more, or leave it out.`);
}
