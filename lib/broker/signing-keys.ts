import type { JSONWebKeySet } from 'jose';
import { ConfigurationError } from '../errors/index.js';
import { Refreshed } from '../tokens/index.js';
import type { BrokerSettings } from './broker.settings.js';
import { newSigningKey, openSigningKey, resealed, type SigningKey } from './signing-key.js';
import type { StoreAccess } from './store-access.js';
import type { BrokerStore, StoredKey } from './store.js';
import { SealKeyUnknown, VaultSealBroken, type Vault } from './vault.js';

/** How old what a process knows of the keys may be; a coming key is published for much longer. */
const RELOAD_AFTER = 30_000;
const COOLDOWN = 1_000;
/** Clocks of processes may differ: a retired key is removed only this long after its last token has expired. */
const MARGIN = 3_600_000;

/** Keys in the order of their numbers, oldest first, at least one. */
type Keys = readonly [SigningKey, ...SigningKey[]];

/**
 * The application's signing keys, the same in every process: made where there is none, rotated by age, published before
 * they sign and until their last token has expired. Whoever comes first makes the next one; the store lets one win.
 */
export class SigningKeys {
  readonly #keys: Refreshed<Keys>;
  #rotation: Promise<void> | undefined;
  #known: ReadonlyMap<number, SigningKey> = new Map();

  constructor(
    private readonly access: StoreAccess,
    private readonly vault: Vault,
    private readonly settings: Pick<BrokerSettings, 'signing' | 'lifetimes' | 'now'>,
    private readonly report: (sequence: number) => void,
  ) {
    const times = { refreshAfter: RELOAD_AFTER, maxAge: Infinity, cooldown: COOLDOWN };
    this.#keys = new Refreshed(() => access.use((store) => this.#load(store)), times, settings.now);
  }

  /**
   * Makes the store ready: the first key, the configured algorithm, the encryption key that seals now.
   *
   * @throws {@link ConfigurationError} if the keys in the store were sealed under another encryption key
   */
  async prepare(store: BrokerStore): Promise<void> {
    let keys = await this.#open(await store.keys());
    const newest = keys.at(-1);
    if (newest?.algorithm !== this.settings.signing.algorithm) {
      await store.addKey(await this.#make((newest?.sequence ?? 0) + 1, this.settings.now()));
      keys = await this.#open(await store.keys());
    }
    for (const key of keys) {
      if (this.vault.isCurrent(key.sealed)) continue;
      await store.resealKey(key.sequence, key.sealed, resealed(key, this.vault));
    }
  }

  /** The key that signs now. @throws {@link StoreUnavailableError} */
  async current(): Promise<SigningKey> {
    const keys = await this.#rotated(await this.#held());
    return active(keys, this.settings.now());
  }

  /** What the JWKS lists. Python peers fail at a key that is not RSA, and read RS256 only. */
  async published(): Promise<JSONWebKeySet> {
    const keys = await this.#rotated(await this.#held());
    const { algorithm } = this.settings.signing;
    const listed = algorithm === 'RS256' ? keys.filter((key) => key.algorithm === 'RS256') : keys;
    return { keys: listed.map(({ publicJwk }) => publicJwk) };
  }

  /** Every key that may have signed a living token, as the store has it now. */
  async fetch(): Promise<JSONWebKeySet> {
    const keys = await this.access.use((store) => this.#load(store));
    return { keys: keys.map(({ publicJwk }) => publicJwk) };
  }

  async #held(): Promise<Keys> {
    return this.#keys.get().catch((error: unknown) => {
      throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
    });
  }

  /** Adds the next key when it is time to publish it, and removes what no living token needs. */
  async #rotated(keys: Keys): Promise<Keys> {
    const now = this.settings.now();
    if (now < this.#nextIsDue(keys) && this.#outdated(keys, now).length === 0) return keys;
    this.#rotation ??= this.#rotate(keys, now).finally(() => (this.#rotation = undefined));
    try {
      await this.#rotation;
      return await this.#keys.newerThan(keys);
    } catch {
      return keys;
    }
  }

  async #rotate(keys: Keys, now: number): Promise<void> {
    const { rotateAfter, publishBefore } = this.settings.signing;
    const { sequence, activeFrom } = newestOf(keys);
    await this.access.use(async (store) => {
      const isNewest = (await store.keys()).every((key) => key.sequence <= sequence);
      if (isNewest && now >= this.#nextIsDue(keys)) {
        await store.addKey(await this.#make(sequence + 1, Math.max(activeFrom + rotateAfter, now + publishBefore)));
      }
      for (const key of this.#outdated(keys, now)) await store.removeKey(key.sequence);
    });
  }

  #nextIsDue(keys: Keys): number {
    const { rotateAfter, publishBefore } = this.settings.signing;
    return newestOf(keys).activeFrom + rotateAfter - publishBefore;
  }

  #outdated(keys: Keys, now: number): SigningKey[] {
    return keys.filter((_, index) => this.#isOver(keys[index + 1], now));
  }

  /** Whether the last token of the key before this one has expired. */
  #isOver(next: SigningKey | undefined, now: number): boolean {
    const longest = Math.max(...Object.values(this.settings.lifetimes));
    return next !== undefined && next.activeFrom + longest + MARGIN < now;
  }

  #make(sequence: number, activeFrom: number): Promise<StoredKey> {
    return newSigningKey(sequence, this.settings.signing.algorithm, activeFrom, this.vault);
  }

  async #load(store: BrokerStore): Promise<Keys> {
    const keys = await this.#open(await store.keys(), true);
    const [first, ...others] = keys;
    if (!first) throw new Error('the signing keys are gone');
    this.#known = new Map(keys.map((key) => [key.sequence, key]));
    return [first, ...others];
  }

  /** @param tolerant whether a key that cannot be opened is passed over: a process that runs goes on with what it has */
  async #open(stored: readonly StoredKey[], tolerant = false): Promise<SigningKey[]> {
    const keys: SigningKey[] = [];
    for (const one of stored) {
      const known = this.#known.get(one.sequence);
      if (known?.sealed === one.sealed) keys.push(known);
      else {
        const key = await openSigningKey(one, this.vault).catch((error: unknown) =>
          this.#unopened(one, error, tolerant),
        );
        if (key) keys.push(key);
      }
    }
    return keys;
  }

  #unopened({ sequence }: StoredKey, error: unknown, tolerant: boolean): SigningKey | undefined {
    if (!(error instanceof SealKeyUnknown || error instanceof VaultSealBroken)) throw error;
    if (!tolerant) throw wrongKey();
    this.report(sequence);
    return this.#known.get(sequence);
  }
}

function newestOf(keys: Keys): SigningKey {
  return keys[keys.length - 1] ?? keys[0];
}

/** The newest key whose time has come; the first one, where this process' clock is behind. */
function active(keys: Keys, now: number): SigningKey {
  return keys.findLast(({ activeFrom }) => activeFrom <= now) ?? keys[0];
}

function wrongKey(): ConfigurationError {
  return new ConfigurationError([
    'broker.encryptionKey: what the store holds was sealed under another key, and nothing has been changed. Set the key with ' +
      'which this store was used before; while keys are being changed, a list that still has it: [new, old].',
  ]);
}
