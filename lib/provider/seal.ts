import { createHmac, hkdfSync } from 'node:crypto';
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from 'jose';

/** A sealed value cannot be opened: it is not ours, or it has been tampered with. */
export class SealBroken extends Error {}
/** A sealed value is genuine, and past its time. */
export class SealExpired extends Error {}

const MOST_CHARACTERS = 12_288;

/** What the keys belong to: a value sealed for one context does not open in another. */
export interface SealContext {
  instance: string;
  clientId: string;
  issuer: string;
  baseUrl: string | undefined;
}

/**
 * Seals values that travel through browsers and clients, for one purpose: encrypted, authenticated, with a time limit.
 * JWE, direct encryption with A256GCM (RFC 7516), under keys derived with HKDF-SHA256 (RFC 5869).
 */
export class Sealer<Value extends object = object> {
  readonly #keys: readonly Uint8Array[];

  constructor(
    purpose: string,
    context: SealContext,
    secrets: readonly string[],
    private readonly now: () => number,
  ) {
    this.#keys = secrets.map((secret) => deriveKey(secret, purpose, context));
  }

  /** @param lifetime in seconds */
  async seal(value: Value, lifetime: number): Promise<string> {
    const expires = Math.floor(this.now() / 1000) + lifetime;
    const plaintext = Buffer.from(JSON.stringify({ ...value, expires }));
    const [key] = this.#keys;
    if (!key) throw new Error('no key to seal with');
    return new CompactEncrypt(plaintext).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
  }

  /** @throws {@link SealBroken}, {@link SealExpired} */
  async open(sealed: string): Promise<Value> {
    refuseForeignHeader(sealed);
    for (const key of this.#keys) {
      const value = await decrypt<Value>(sealed, key);
      if (!value) continue;
      if (typeof value.expires !== 'number' || value.expires * 1000 <= this.now()) throw new SealExpired();
      return value;
    }
    throw new SealBroken();
  }

  /** Keyed digests of a text, one per key: the first is the one to use, any is genuine. */
  digests(text: string): [string, ...string[]] {
    return this.#keys.map((key) => createHmac('sha256', key).update(text).digest('base64url')) as [string, ...string[]];
  }
}

function deriveKey(secret: string, purpose: string, { instance, clientId, issuer, baseUrl }: SealContext): Uint8Array {
  const info = JSON.stringify(['nestjs-oidc-auth', purpose, issuer, baseUrl ?? '', instance]);
  return new Uint8Array(hkdfSync('sha256', secret, clientId, info, 32));
}

/** Nothing but our own header reaches the decryption: no other algorithm, no compression. */
function refuseForeignHeader(sealed: string): void {
  if (sealed.length > MOST_CHARACTERS) throw new SealBroken();
  try {
    const header: Record<string, unknown> = { ...decodeProtectedHeader(sealed) };
    if (header.alg === 'dir' && header.enc === 'A256GCM' && Object.keys(header).length === 2) return;
  } catch {
    // not even a header
  }
  throw new SealBroken();
}

/** What opens is what {@link Sealer.seal} was given: nobody else has the key of this purpose. */
async function decrypt<Value>(sealed: string, key: Uint8Array): Promise<(Value & { expires?: unknown }) | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return JSON.parse(new TextDecoder().decode(plaintext)) as Value & { expires?: unknown };
  } catch {
    return undefined;
  }
}
