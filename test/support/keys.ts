import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

export type Header = Record<string, unknown>;

/** A key pair that signs tokens, and how it is published. */
export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly privateJwk: JWK;
  /** As it stands in a JWKS, with `kid`, `alg` and `use`. */
  readonly publicJwk: JWK;
}

export async function signingKey(alg = 'RS256', kid: string = randomUUID()): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const labels = { kid, alg, use: 'sig' };
  return {
    alg,
    kid,
    privateKey,
    privateJwk: { ...(await exportJWK(privateKey)), ...labels },
    publicJwk: { ...(await exportJWK(publicKey)), ...labels },
  };
}

/** The published key without `kid`, without `alg`, or without either (Entra's keys have no `alg`). */
export function publishedWithout(key: SigningKey, ...labels: ('kid' | 'alg' | 'use')[]): JWK {
  return Object.fromEntries(Object.entries(key.publicJwk).filter(([name]) => !labels.includes(name as 'kid')));
}

/** Signs exactly these claims; a header entry of `undefined` is left out. */
export function sign(key: SigningKey, claims: JWTPayload, header: Header = {}): Promise<string> {
  const complete = { alg: key.alg, kid: key.kid, ...header };
  return new SignJWT(claims)
    .setProtectedHeader(JSON.parse(JSON.stringify(complete)) as { alg: string })
    .sign(key.privateKey);
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): JWTPayload {
  return decodePart(token, 1) as JWTPayload;
}

/** The header of a token, unverified. */
export function headerOf(token: string): Header {
  return decodePart(token, 0) as Header;
}

function decodePart(token: string, index: number): unknown {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
}
