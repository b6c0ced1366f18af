import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import { claimsOf, headerOf, type Header, type SigningKey } from '../../support/keys.js';

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

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
