import { createHmac, timingSafeEqual } from 'node:crypto';
import { derive } from './vault.js';

/** What a refresh token names. */
export interface RefreshClaim {
  /** The session's id. */
  id: string;
  generation: number;
}

const FORMAT = /^([\w-]{22})\.([1-9]\d{0,14})\.([\w-]{43})$/;
const MOST_CHARACTERS = 128;

/**
 * Our refresh tokens: session, generation and a MAC over both (HMAC-SHA256), so that garbage and forgeries are refused
 * without a look into the store, the successor of a token can be computed, and nothing secret has to be kept.
 */
export class RefreshTokens {
  readonly #keys: readonly [Buffer, ...Buffer[]];

  /**
   * @param encryptionKeys the first signs, all verify
   * @param issuer whose tokens they are: another's are refused, even under the same encryption key
   * @param clientId likewise
   */
  constructor(encryptionKeys: readonly string[], issuer: string, clientId: string) {
    const purpose = JSON.stringify(['refresh token', issuer, clientId]);
    this.#keys = encryptionKeys.map((secret) => derive(secret, purpose, 32)) as [Buffer, ...Buffer[]];
  }

  issue(id: string, generation: number): string {
    const claim = `${id}.${generation}`;
    return `${claim}.${macOf(claim, this.#keys[0]).toString('base64url')}`;
  }

  /** What a refresh token names; nothing, if it is none of ours. */
  read(token: string): RefreshClaim | undefined {
    if (token.length > MOST_CHARACTERS) return undefined;
    const [, id, generation, mac] = FORMAT.exec(token) ?? [];
    if (id === undefined || generation === undefined || mac === undefined) return undefined;
    const given = Buffer.from(mac, 'base64url');
    const genuine = this.#keys.some((key) => timingSafeEqual(macOf(`${id}.${generation}`, key), given));
    return genuine ? { id, generation: Number(generation) } : undefined;
  }
}

function macOf(claim: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(claim).digest();
}
