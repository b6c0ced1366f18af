import { createHmac, createSign } from 'node:crypto';
import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import { claimsOf, headerOf, type Header, type SigningKey } from '../../support/keys.js';

/** One part of a compact token, from any text or JSON. */
export const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS of exactly these texts, signed with RS256: for JSON that no serialiser writes. */
export function signedText({ privateJwk }: SigningKey, header: string, payload: string | Buffer): string {
  const input = `${part(header)}.${Buffer.from(payload).toString('base64url')}`;
  const signature = createSign('RSA-SHA256')
    .update(input)
    .sign({ key: privateJwk as never, format: 'jwk' });
  return `${input}.${signature.toString('base64url')}`;
}

/** The same for a header that serialises. */
export function signedJson(key: SigningKey, payload: string, header: Header = {}): string {
  return signedText(key, JSON.stringify({ alg: 'RS256', kid: key.kid, typ: 'at+jwt', ...header }), payload);
}

/** A genuine token with another header, another payload or another signature. */
export function altered(
  token: string,
  { header, claims, signature }: { header?: Header; claims?: JWTPayload; signature?: string },
): string {
  const [, , genuine = ''] = token.split('.');
  return [part({ ...headerOf(token), ...header }), part({ ...claimsOf(token), ...claims }), signature ?? genuine].join(
    '.',
  );
}

/** The ways in which a public key may be taken for the secret of HS256. */
export async function publicKeyTexts({ publicJwk, alg }: SigningKey): Promise<Record<string, string>> {
  const pem = await exportSPKI((await importJWK({ ...publicJwk, ext: true }, alg, { extractable: true })) as never);
  return {
    PEM: pem,
    'PEM with a line break at its end': `${pem}\n`,
    JWK: JSON.stringify(publicJwk),
    modulus: publicJwk.n ?? '',
  };
}

/** A token whose signature is an HMAC under a text. */
export function signedByText(token: string, secret: string, alg = 'HS256'): string {
  const unsigned = altered(token, { header: { alg }, signature: '' }).slice(0, -1);
  const mac = createHmac(`sha${alg.slice(2)}`, secret)
    .update(unsigned)
    .digest('base64url');
  return `${unsigned}.${mac}`;
}
