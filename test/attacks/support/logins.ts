import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { challengeOf } from './pkce.js';
import { loopbackTarget, type WireAnswer, type WireClient } from '../../support/wire-client.js';
import type { Attacked, Target } from './target.js';

/** A log-in that a browser has begun: what the provider was asked, and the cookie that the browser keeps. */
export interface Begun {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** The whole Cookie header; empty where the log-in sets none. */
  readonly cookie: string;
}

/** Begins a log-in that ends at `redirectUri`. */
export async function begin(
  client: WireClient,
  redirectUri: string,
  parameters: Record<string, string> = {},
): Promise<Begun> {
  const { status, headers, text } = await client.get('/auth/v2/login', { redirect_uri: redirectUri, ...parameters });
  if (status !== 302) throw new Error(`The login endpoint answered ${status}: ${text}`);
  const { searchParams } = new URL(headers.get('location') ?? '');
  const cookie = headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  return {
    redirectUri,
    state: searchParams.get('state') ?? '',
    nonce: searchParams.get('nonce') ?? '',
    cookie: cookie.join('; '),
  };
}

/** The same with the client's own PKCE challenge. */
export function beginWithVerifier(client: WireClient, redirectUri: string, verifier: string, state?: string) {
  return begin(client, redirectUri, {
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...(state !== undefined && { state }),
  });
}

/** The provider gives tokens for any code, with the nonce of this log-in: a provider that checks no PKCE. */
export function grantTo({ stub }: Target, { nonce }: Pick<Begun, 'nonce'>): void {
  stub.on('token', () => stub.tokens(nonce === '' ? {} : { nonce }));
}

/** The browser is back at our own callback. */
export function callback(
  { client }: Pick<Attacked, 'client'>,
  { state, cookie }: Pick<Begun, 'state' | 'cookie'>,
  others: Record<string, string> = {},
): Promise<WireAnswer> {
  return client.get('/auth/v2/callback', { code: 'a-code', state, ...others }, { headers: { cookie } });
}

/** A client redeems a code with this verifier, or with a state in its place. */
export function redeem(
  { client }: Pick<Attacked, 'client'>,
  verifier: string,
  { redirectUri = loopbackTarget, cookie = '' }: Partial<Begun> = {},
  others: Record<string, string> = {},
): Promise<WireAnswer> {
  const form = { code: 'a-code', redirect_uri: redirectUri, code_verifier: verifier, ...others };
  return client.post('/auth/v2/token', form, { headers: { cookie } });
}

/** Everything to which a sealed value is bound. */
export interface SealedFor {
  readonly secret: string;
  readonly clientId: string;
  readonly purpose: string;
  readonly issuer: string;
  readonly baseUrl: string;
  readonly instance: string;
}

/** Seals as the package does, but whatever header and plaintext an attacker with the key would like. */
export function sealAs(context: SealedFor, header: object, plaintext: Buffer): string {
  const { secret, clientId, purpose, issuer, baseUrl, instance } = context;
  const info = JSON.stringify(['nestjs-oidc-auth', purpose, issuer, baseUrl, instance]);
  const key = Buffer.from(hkdfSync('sha256', secret, clientId, info, 32));
  const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(protectedHeader));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const parts = [iv, sealed, cipher.getAuthTag()].map((bytes) => bytes.toString('base64url'));
  return [protectedHeader, '', ...parts].join('.');
}
