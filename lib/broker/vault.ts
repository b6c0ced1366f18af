import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { JsonObject } from '../tokens/index.js';

/** A sealed text names an encryption key that is not at hand. */
export class SealKeyUnknown extends Error {}
/** A sealed text has been changed, moved, or was never sealed here. */
export class VaultSealBroken extends Error {}

const FORMAT = /^([\w-]{8})\.([\w-]+)$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a sealed text belongs to: table, row and generation. It opens nowhere else. */
export type Place = readonly [table: string, row: string, generation?: number];

interface VaultKey {
  /** Names the key without telling anything of it. */
  id: string;
  key: Buffer;
}

/**
 * Seals what the store keeps: AES-256-GCM under keys derived by HKDF-SHA256 from the encryption keys, the first of which
 * seals and all of which open. Every place has a key of its own, so that random nonces never wear a key out, and is
 * associated data besides.
 */
export class Vault {
  readonly #keys: readonly [VaultKey, ...VaultKey[]];

  /** @param encryptionKeys at least one, each of at least 32 characters */
  constructor(encryptionKeys: readonly string[]) {
    this.#keys = encryptionKeys.map((secret) => ({
      id: derive(secret, 'key id', 6).toString('base64url'),
      key: derive(secret, 'store', 32),
    })) as [VaultKey, ...VaultKey[]];
  }

  seal(content: object, place: Place): string {
    const [{ id, key }] = this.#keys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', keyOf(key, place), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(JSON.stringify(place)));
    const sealed = Buffer.concat([nonce, cipher.update(JSON.stringify(content)), cipher.final(), cipher.getAuthTag()]);
    return `${id}.${sealed.toString('base64url')}`;
  }

  /** @throws {@link SealKeyUnknown}, {@link VaultSealBroken} */
  open(sealed: string, place: Place): JsonObject {
    const [, id, body = ''] = FORMAT.exec(sealed) ?? [];
    if (id === undefined) throw new VaultSealBroken();
    const key = this.#keys.find((one) => one.id === id)?.key;
    if (!key) throw new SealKeyUnknown();
    try {
      return decrypt(Buffer.from(body, 'base64url'), keyOf(key, place), place);
    } catch {
      throw new VaultSealBroken();
    }
  }

  /** Whether a sealed text was sealed with the first key, with which everything is sealed now. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${this.#keys[0].id}.`);
  }
}

/** A key for one purpose of one secret. */
export function derive(secret: string, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', JSON.stringify(['nestjs-oidc-auth', 'broker', purpose]), bytes));
}

/** A generation has a place of its own, too: this is what keeps nonces apart. */
function keyOf(key: Buffer, place: Place): Buffer {
  return createHmac('sha256', key).update(JSON.stringify(place)).digest();
}

function decrypt(sealed: Buffer, key: Buffer, place: Place): JsonObject {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(JSON.stringify(place)));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString()) as JsonObject;
}
