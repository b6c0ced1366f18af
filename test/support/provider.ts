import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ClientMetadata, Provider } from 'oidc-provider';
import { signingKey, type SigningKey } from './keys.js';
import { LoopbackServer } from './loopback.js';
import { registrations } from './provider-clients.js';
import { configuration, type ProviderOptions } from './provider-configuration.js';
import { interact } from './provider-interactions.js';
import { ProviderStorage } from './provider-storage.js';
import { bearerOf, userinfo } from './provider-userinfo.js';
import { users as defaultUsers, type UserClaims } from './provider-users.js';

export { clients } from './provider-clients.js';
export type { ProviderOptions } from './provider-configuration.js';
export { users } from './provider-users.js';

const paths = {
  discovery: '/.well-known/openid-configuration',
  jwks: '/jwks',
  authorization: '/auth',
  token: '/token',
  device: '/device/auth',
  userinfo: '/me',
  revocation: '/token/revocation',
  endSession: '/session/end',
} as const;

export type ProviderEndpoint = keyof typeof paths;

/** A certified OpenID provider (`oidc-provider`) inside the test process, on 127.0.0.1. */
export interface TestProvider {
  readonly issuer: string;
  readonly discoveryUrl: string;
  /** How often each endpoint was called; counts on over `down` and `up`. */
  readonly calls: Readonly<Record<ProviderEndpoint, number>>;
  readonly storage: ProviderStorage;
  /** The private key of the client `clients.privateKey`. */
  readonly clientKey: SigningKey;
  /** The key that signs now. */
  readonly key: SigningKey;
  /** Signs with a new key from now on; the old ones stay published until {@link dropOldKeys}. */
  rotateKeys(): Promise<void>;
  dropOldKeys(): void;
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function startProvider(options: ProviderOptions = {}): Promise<TestProvider> {
  const create = await importProvider();
  const storage = new ProviderStorage();
  const clientKey = await signingKey('RS256');
  const users: Record<string, UserClaims> = options.users ?? defaultUsers;
  await register(registrations(clientKey), storage);
  const calls = Object.fromEntries(Object.keys(paths).map((name) => [name, 0])) as Record<ProviderEndpoint, number>;
  let keys: [SigningKey, ...SigningKey[]] = [await signingKey('RS256')];
  let listener: RequestListener = () => undefined;

  const server = await LoopbackServer.start((request, response) => {
    const endpoint = endpointOf(request);
    if (endpoint) calls[endpoint]++;
    listener(request, response);
  });

  function assemble(): void {
    const provider = new create(server.origin, configuration({ options, keys, storage }));
    acceptAnyTarget(provider);
    const handle = provider.callback();
    listener = (request, response) => {
      if (request.url?.startsWith('/interaction/')) settle(interact(provider, users, request, response), response);
      else if (endpointOf(request) === 'userinfo' && bearerOf(request).includes('.'))
        settle(userinfo(server.origin, keys, users, request, response), response);
      else void handle(request, response);
    };
  }

  assemble();
  return {
    issuer: server.origin,
    discoveryUrl: server.origin + paths.discovery,
    calls,
    storage,
    clientKey,
    get key() {
      return keys[0];
    },
    rotateKeys: async () => {
      keys = [await signingKey('RS256'), ...keys];
      assemble();
    },
    dropOldKeys: () => {
      keys = [keys[0]];
      assemble();
    },
    down: () => server.down(),
    up: () => server.up(),
    close: () => server.close(),
  };
}

/** Imports `oidc-provider` without its warning that it wants a newer Node: it runs on 20. */
async function importProvider(): Promise<typeof Provider> {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return (await import('oidc-provider')).Provider;
  } finally {
    console.warn = warn;
  }
}

/** Not in the provider's configuration: of that it makes a structured clone, whose objects it does not know in Jest's realm. */
async function register(clients: readonly ClientMetadata[], storage: ProviderStorage): Promise<void> {
  for (const client of clients) await storage.adapter('Client').upsert(client.client_id, client);
}

/** As with a wildcard at Keycloak, so that what the package refuses is refused by the package. */
function acceptAnyTarget(provider: Provider): void {
  provider.Client.prototype.redirectUriAllowed = () => true;
  provider.Client.prototype.postLogoutRedirectUriAllowed = () => true;
}

function settle(work: Promise<void>, response: ServerResponse): void {
  work.catch((error: unknown) => {
    response.statusCode = 500;
    response.end(String(error));
  });
}

function endpointOf({ url = '/' }: IncomingMessage): ProviderEndpoint | undefined {
  const { pathname } = new URL(url, 'http://provider');
  return (Object.keys(paths) as ProviderEndpoint[]).find((name) => paths[name] === pathname);
}
