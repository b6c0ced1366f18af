import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { JWK, JWTPayload } from 'jose';
import { json } from './faults.js';
import { sign, signingKey, type Header, type SigningKey } from './keys.js';
import { LoopbackServer } from './loopback.js';

const paths = {
  discovery: '/.well-known/openid-configuration',
  jwks: '/jwks',
  authorization: '/authorize',
  token: '/token',
  device: '/device',
  userinfo: '/userinfo',
  revocation: '/revoke',
  endSession: '/logout',
} as const;

export type StubEndpoint = keyof typeof paths;

export interface StubRequest {
  readonly endpoint: StubEndpoint;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
}

/** Answers one request: what it returns is sent as JSON, unless it has answered by itself. */
export type StubHandler = (request: StubRequest, response: ServerResponse) => unknown;

export interface StubOptions {
  /** Path of the issuer, e.g. `/realms/demo`. Default: none. */
  readonly path?: string;
  /** Entries that replace those of the discovery document; `undefined` removes one. */
  readonly metadata?: Record<string, unknown>;
  /** Default: one RS256 key. */
  readonly keys?: readonly SigningKey[];
}

/**
 * A provider by hand, for what a real one cannot do. Every endpoint has a well-behaved answer, which `on` replaces by another
 * or by a fault.
 *
 * @example
 * ```ts
 * const stub = await startStubProvider();
 * stub.on('jwks', status(500));
 * stub.on('token', (request) => ({ access_token: …, token_type: 'Bearer' }));
 * const token = await stub.accessToken({ scope: 'read' });
 * ```
 */
export class StubProvider {
  readonly issuer: string;
  readonly discoveryUrl: string;
  /** Every request that was received, in order. */
  readonly requests: StubRequest[] = [];
  /** The keys as they are published; replace it to publish others. */
  jwks: readonly JWK[];
  /** The discovery document; replace entries to say something else. */
  metadata: Record<string, unknown>;

  private readonly handlers = new Map<StubEndpoint, StubHandler>();

  private constructor(
    private readonly server: LoopbackServer,
    readonly keys: readonly [SigningKey, ...SigningKey[]],
    path: string,
  ) {
    this.issuer = server.origin + path;
    this.discoveryUrl = this.issuer + paths.discovery;
    this.jwks = keys.map(({ publicJwk }) => publicJwk);
    this.metadata = metadataOf(this.issuer);
  }

  static async start({ path = '', metadata = {}, keys = [] }: StubOptions = {}): Promise<StubProvider> {
    const [first = await signingKey('RS256'), ...others] = keys;
    const server = await LoopbackServer.start((request, response) => {
      stub.receive(request, response).catch(() => response.destroy());
    });
    const stub: StubProvider = new StubProvider(server, [first, ...others], path);
    Object.assign(stub.metadata, metadata);
    return stub;
  }

  /** The key that signs tokens where none is named. */
  get key(): SigningKey {
    return this.keys[0];
  }

  on(endpoint: StubEndpoint, handler: StubHandler): void {
    this.handlers.set(endpoint, handler);
  }

  /** Whether another answer than the well-behaved one was set. */
  handles(endpoint: StubEndpoint): boolean {
    return this.handlers.has(endpoint);
  }

  /** Back to the well-behaved answer of this endpoint, or of all. */
  restore(endpoint?: StubEndpoint): void {
    if (endpoint) this.handlers.delete(endpoint);
    else this.handlers.clear();
  }

  calls(endpoint: StubEndpoint): number {
    return this.requestsTo(endpoint).length;
  }

  requestsTo(endpoint: StubEndpoint): StubRequest[] {
    return this.requests.filter((request) => request.endpoint === endpoint);
  }

  /** An access token that a guard for audience `my-api` accepts; a claim or header entry of `undefined` is left out. */
  accessToken(claims: JWTPayload = {}, header: Header = {}, key = this.key): Promise<string> {
    const standard = { ...this.times(), sub: 'stub-user', aud: 'my-api', scope: 'openid profile', jti: randomUUID() };
    return sign(key, withoutUndefined({ ...standard, ...claims }), { typ: 'at+jwt', ...header });
  }

  /** An ID token for client `my-client`. */
  idToken(claims: JWTPayload = {}, header: Header = {}, key = this.key): Promise<string> {
    const standard = { ...this.times(), sub: 'stub-user', aud: 'my-client' };
    return sign(key, withoutUndefined({ ...standard, ...claims }), header);
  }

  /** A complete answer of the token endpoint. */
  async tokens(idTokenClaims: JWTPayload = {}, others: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return {
      access_token: await this.accessToken(),
      token_type: 'Bearer',
      expires_in: 300,
      refresh_token: randomUUID(),
      scope: 'openid profile',
      id_token: await this.idToken(idTokenClaims),
      ...others,
    };
  }

  down(): Promise<void> {
    return this.server.down();
  }

  up(): Promise<void> {
    return this.server.up();
  }

  close(): Promise<void> {
    return this.server.close();
  }

  private times(): JWTPayload {
    const now = Math.floor(Date.now() / 1000);
    return { iss: this.issuer, iat: now, exp: now + 300 };
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.server.origin);
    const endpoint = (Object.keys(paths) as StubEndpoint[]).find((name) => url.pathname.endsWith(paths[name]));
    if (!endpoint) return void response.writeHead(404).end();
    const { method = 'GET', headers } = request;
    const received = {
      endpoint,
      method,
      headers,
      query: url.searchParams,
      form: new URLSearchParams(await text(request)),
    };
    this.requests.push(received);

    const handler = this.handlers.get(endpoint) ?? ((own: StubRequest) => this.answer(own));
    const body = await handler(received, response);
    if (body !== undefined) json(body)(received, response);
  }

  private answer({ endpoint }: StubRequest): unknown {
    switch (endpoint) {
      case 'discovery':
        return this.metadata;
      case 'jwks':
        return { keys: this.jwks };
      case 'token':
        return this.tokens();
      case 'device':
        return {
          device_code: randomUUID(),
          user_code: 'ABCD-EFGH',
          verification_uri: `${this.issuer}/activate`,
          verification_uri_complete: `${this.issuer}/activate?user_code=ABCD-EFGH`,
          expires_in: 600,
          interval: 5,
        };
      case 'userinfo':
        return { sub: 'stub-user', preferred_username: 'stub', email: 'stub@example.org' };
      default:
        return {};
    }
  }
}

export const startStubProvider = (options?: StubOptions): Promise<StubProvider> => StubProvider.start(options);

function metadataOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: issuer + paths.authorization,
    token_endpoint: issuer + paths.token,
    jwks_uri: issuer + paths.jwks,
    userinfo_endpoint: issuer + paths.userinfo,
    device_authorization_endpoint: issuer + paths.device,
    revocation_endpoint: issuer + paths.revocation,
    end_session_endpoint: issuer + paths.endSession,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  };
}

function withoutUndefined(claims: JWTPayload): JWTPayload {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
