import { constants, createHmac, KeyObject, sign as signBytes } from 'node:crypto';
import type { SigningKey } from '../../support/keys.js';

/** A part of a token: JSON text or bytes as they stand, or a value to be written as JSON. */
type Part = string | Buffer | object;

/** What a JWS signs: header and payload, each in base64url. */
export function signingInput(header: Part, payload: Part): string {
  return `${encoded(header)}.${encoded(payload)}`;
}

/** A compact JWS with this signature, whatever header and payload say. */
export function withSignature(header: Part, payload: Part, signature: string | Buffer = ''): string {
  const third = Buffer.isBuffer(signature) ? signature.toString('base64url') : signature;
  return `${signingInput(header, payload)}.${third}`;
}

/** Signed with RS256, ES256 or, with `pss`, PS256 by this key, byte by byte as given: what no library would write. */
export function signedBy(key: SigningKey | KeyObject, header: Part, payload: Part, pss = false): string {
  const input = Buffer.from(signingInput(header, payload));
  const signature = signBytes('sha256', input, {
    key: key instanceof KeyObject ? key : KeyObject.from(key.privateKey),
    dsaEncoding: 'ieee-p1363',
    ...(pss && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  });
  return withSignature(header, payload, signature);
}

/** HS256 with any bytes as the secret. */
export function hmacSigned(secret: string | Buffer, header: Part, payload: Part): string {
  const signature = createHmac('sha256', secret).update(signingInput(header, payload)).digest();
  return withSignature(header, payload, signature);
}

/** The same token with one part replaced. */
export function replacePart(token: string, index: 0 | 1 | 2, part: Part): string {
  const parts = token.split('.');
  parts[index] = encoded(part);
  return parts.join('.');
}

function encoded(part: Part): string {
  const bytes = Buffer.isBuffer(part) || typeof part === 'string' ? part : JSON.stringify(part);
  return Buffer.from(bytes as string).toString('base64url');
}
