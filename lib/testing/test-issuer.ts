import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** How a test issuer presents itself. */
export interface TestIssuerOptions {
  /** `aud` of its tokens. Default: `test-api`. */
  audience?: string;
}

/** An issuer of access tokens on loopback. */
export interface TestIssuer {
  /** `iss` of its tokens, and what to give to the module as `discoveryUrl`. */
  readonly issuer: string;
  readonly discoveryUrl: string;
  readonly audience: string;
  /** An access token with these claims; `sub`, `aud`, `iat` and `exp` (in an hour) have defaults. */
  readonly token: (claims?: Readonly<Record<string, unknown>>) => Promise<string>;
  /** Stops the server. */
  readonly close: () => Promise<void>;
}

/**
 * A local issuer for the tests of an application: it serves discovery and keys, and mints access tokens that pass the real
 * guard, signatures and all. It has no log-in.
 *
 * @example
 * ```ts
 * import { OidcAuthModule } from 'nestjs-oidc-auth';
 * import { createTestIssuer } from 'nestjs-oidc-auth/testing';
 *
 * const { discoveryUrl, audience, token, close } = await createTestIssuer();
 * const module = OidcAuthModule.forRoot({ clientId: 'test', discoveryUrl, audience });
 * const authorization = `Bearer ${await token({ sub: 'ada', scope: 'reports:read' })}`;
 * await close();
 * export { authorization, module };
 * ```
 */
export async function createTestIssuer({ audience = 'test-api' }: TestIssuerOptions = {}): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const key = { ...(await exportJWK(publicKey)), kid: 'test', use: 'sig', alg: 'RS256' };
  const server = createServer();
  const issuer = await listening(server);
  const documents: Readonly<Record<string, object>> = {
    '/.well-known/openid-configuration': metadataOf(issuer),
    '/jwks': { keys: [key] },
  };
  server.on('request', (request, response) => {
    const document = Object.hasOwn(documents, request.url ?? '') ? documents[request.url ?? ''] : undefined;
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? { error: 'not_found' }));
  });
  return {
    issuer,
    discoveryUrl: issuer,
    audience,
    token: (claims = {}) =>
      new SignJWT({ sub: 'test', aud: audience, ...claims, iss: issuer })
        .setProtectedHeader({ alg: 'RS256', kid: 'test', typ: 'at+jwt' })
        .setIssuedAt(typeof claims.iat === 'number' ? claims.iat : undefined)
        .setExpirationTime(typeof claims.exp === 'number' ? claims.exp : '1h')
        .sign(privateKey),
    close: () => closed(server),
  };
}

function metadataOf(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) =>
    server.close(() => {
      resolve();
    }),
  );
}
