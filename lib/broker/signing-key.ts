import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair as generate,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { SigningAlgorithm } from './broker.settings.js';
import type { StoredKey } from './store.js';
import type { Place, Vault } from './vault.js';

const generateKeyPair = promisify(generate) as (type: string, options: object) => Promise<{ privateKey: KeyObject }>;

const PARAMETERS: Readonly<Record<SigningAlgorithm, readonly [type: string, options: object]>> = {
  RS256: ['rsa', { modulusLength: 2048 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  EdDSA: ['ed25519', {}],
};

/**
 * One signing key. Its state follows from the dates of the keys alone, so that no process has to tell another: it is
 * coming until `activeFrom`, active until the next one's, and retired then.
 */
export interface SigningKey {
  sequence: number;
  /** RFC 7638 thumbprint. */
  kid: string;
  algorithm: SigningAlgorithm;
  /** In milliseconds since 1970. */
  activeFrom: number;
  privateKey: KeyObject;
  /** As the JWKS lists it. */
  publicJwk: JWK;
  /** The text in the store. */
  sealed: string;
}

/** What is sealed: the private key in full, from which everything else follows. */
interface SealedKey {
  algorithm: SigningAlgorithm;
  activeFrom: number;
  jwk: JWK;
}

/** Makes a new key, off the main thread. */
export async function newSigningKey(
  sequence: number,
  algorithm: SigningAlgorithm,
  activeFrom: number,
  vault: Vault,
): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(...PARAMETERS[algorithm]);
  const content: SealedKey = { algorithm, activeFrom, jwk: privateKey.export({ format: 'jwk' }) };
  return { sequence, sealed: vault.seal(content, placeOf(sequence)) };
}

/** @throws {@link SealKeyUnknown}, {@link VaultSealBroken} */
export async function openSigningKey({ sequence, sealed }: StoredKey, vault: Vault): Promise<SigningKey> {
  const { algorithm, activeFrom, jwk } = vault.open(sealed, placeOf(sequence)) as unknown as SealedKey;
  const privateKey = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const publicPart = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK;
  const kid = await calculateJwkThumbprint(publicPart);
  return {
    sequence,
    kid,
    algorithm,
    activeFrom,
    privateKey,
    publicJwk: { ...publicPart, kid, use: 'sig', alg: algorithm },
    sealed,
  };
}

/** The same key under the encryption key that seals now. */
export function resealed({ sequence, sealed }: SigningKey, vault: Vault): string {
  return vault.seal(vault.open(sealed, placeOf(sequence)), placeOf(sequence));
}

function placeOf(sequence: number): Place {
  return ['keys', String(sequence)];
}
