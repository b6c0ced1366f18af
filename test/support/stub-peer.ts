import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { JWK, JWTPayload } from 'jose';
import { json } from './faults.js';
import { sign, signingKey, type Header, type SigningKey } from './keys.js';
import { LoopbackServer } from './loopback.js';

const suffix = '/.well-known/oauth-authorization-server';
const familyJwks = '/auth/v2/.well-known/jwks.json';

/** Answers one request, in the place of what the peer publishes. */
export type PeerHandler = (path: string, response: ServerResponse) => unknown;

export interface StubPeerOptions {
  /** What follows the origin in `iss`. Default: nothing. */
  readonly path?: string;
  /** Whether it has metadata, or keys at the Python family's path only. Default: it has. */
  readonly metadata?: boolean;
  /** Default: one RS256 key. */
  readonly keys?: readonly SigningKey[];
}

/** An instance by hand that an application may trust, for what a real one cannot do. */
export class StubPeer {
  readonly issuer: string;
  /** Paths of the requests that it received, in order. */
  readonly requests: string[] = [];
  /** The keys as they are published; replace it to publish others. */
  jwks: readonly JWK[];
  /** Its metadata; `undefined`: it has none. */
  metadata: Record<string, unknown> | undefined;
  /** Takes every request, where it is set. */
  handler: PeerHandler | undefined;

  private constructor(
    private readonly server: LoopbackServer,
    readonly keys: readonly [SigningKey, ...SigningKey[]],
    { path = '', metadata = true }: StubPeerOptions,
  ) {
    this.issuer = server.origin + path;
    this.jwks = keys.map(({ publicJwk }) => publicJwk);
    this.metadata = metadata ? { issuer: this.issuer, jwks_uri: `${server.origin}/keys` } : undefined;
  }

  static async start(options: StubPeerOptions = {}): Promise<StubPeer> {
    const [first = await signingKey(), ...others] = options.keys ?? [];
    const server = await LoopbackServer.start((request, response) => {
      peer.answer(request.url ?? '/', response);
    });
    const peer: StubPeer = new StubPeer(server, [first, ...others], options);
    return peer;
  }

  get origin(): string {
    return this.server.origin;
  }

  get key(): SigningKey {
    return this.keys[0];
  }

  /** Requests for its keys. */
  get keyFetches(): number {
    return this.requests.filter((path) => path === '/keys' || path.endsWith(familyJwks)).length;
  }

  /** An access token for audience `own-api`; a claim or header entry of `undefined` is left out. */
  token(claims: JWTPayload = {}, header: Header = {}, key: SigningKey = this.key): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const standard = {
      iss: this.issuer,
      aud: 'own-api',
      sub: 'peer-user',
      iat: now,
      exp: now + 300,
      jti: randomUUID(),
    };
    const complete = JSON.parse(JSON.stringify({ ...standard, ...claims })) as JWTPayload;
    return sign(key, complete, { typ: 'at+jwt', ...header });
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

  private answer(path: string, response: ServerResponse): void {
    this.requests.push(path);
    const answer = this.handler ? this.handler(path, response) : this.published(path);
    if (answer === null) response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
    else if (answer !== undefined) json(answer)(undefined, response);
  }

  private published(path: string): unknown {
    const prefix = this.issuer.slice(this.origin.length).replace(/\/$/, '');
    if (path === suffix + prefix || path === prefix + suffix) return this.metadata ?? null;
    return path === '/keys' || path === prefix + familyJwks ? { keys: this.jwks } : null;
  }
}
