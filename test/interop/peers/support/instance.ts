import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { exportJWK, importJWK, type CryptoKey } from 'jose';
import type { SigningKey } from '../../../support/keys.js';
import { freePort } from '../../../support/loopback.js';
import type { WireAnswer, WireClient } from '../../../support/wire-client.js';

/** Where an instance is going to be: the others have to know before it is there. */
export interface Site {
  readonly port: number;
  /** What stands between its origin and `/auth/v2`. */
  readonly prefix: string;
  readonly issuer: string;
}

export async function newSite(prefix = ''): Promise<Site> {
  const port = await freePort();
  return { port, prefix, issuer: `http://127.0.0.1:${port}${prefix}` };
}

/** An instance of the network, of ours or of the Python family. */
export interface Instance {
  readonly issuer: string;
  /** For the endpoints of wire.md. */
  readonly client: WireClient;
  /** What its protected route answers: the claims of the token. */
  me(token: string): Promise<WireAnswer>;
  /** The key that signs now, for tokens that the instance itself would never issue. */
  key(): Promise<SigningKey>;
  /** Takes its keys out of its store, while it is down: it makes a new one then, as after a leak. */
  dropKey(): Promise<void>;
  /** It goes away; what it keeps in its store stays. */
  down(): Promise<void>;
  /** It comes back, if it is away. */
  up(): Promise<void>;
  close(): Promise<void>;
}

/** A private key as the tests sign with it. */
export async function signingKeyFrom(key: KeyObject, kid: string, alg = 'RS256'): Promise<SigningKey> {
  const labels = { kid, alg, use: 'sig' };
  const privateJwk = { ...(await exportJWK(key)), ...labels };
  const publicJwk = { ...(await exportJWK(createPublicKey(key))), ...labels };
  return { kid, alg, privateJwk, publicJwk, privateKey: (await importJWK(privateJwk, alg)) as CryptoKey };
}
