import { KeyObject } from 'node:crypto';
import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type JSONWebKeySet,
  type JWK,
  type JWSHeaderParameters,
} from 'jose';
import { Refreshed, type Fetched, type RefreshTimes } from './refreshed.js';
import type { SignatureCheck, SignatureChecks } from './signature-check.js';
import { TokenRejection } from './token-rejection.js';

/** A key set as it stands at one moment, with the exact `iss` values for which it speaks. */
export interface IssuerKeys {
  issuers: ReadonlySet<string>;
  jwks: JSONWebKeySet;
}

/** Where key sets are kept beyond the life of a process. */
export interface KeyMemory {
  /** What was kept last, and when it was fetched. */
  recall(): Promise<{ issuers: readonly string[]; jwks: unknown; at: number } | undefined>;
  keep(jwks: JSONWebKeySet): void;
}

/** The keys that may have signed a token, and the set in which they were found. */
export interface FoundKeys {
  checks: readonly SignatureCheck[];
  set: IssuerKeys;
}

interface ParsedKeys extends IssuerKeys {
  select: (header: JWSHeaderParameters) => Promise<CryptoKey>;
  /** What was found before, by algorithm and kid. */
  found: Map<string, readonly SignatureCheck[]>;
  text: string;
}

const MOST_KEYS = 100;
const KEY_TYPES: readonly unknown[] = ['RSA', 'EC', 'OKP'];
const TEXT_MEMBERS = ['kty', 'kid', 'use', 'alg', 'n', 'e', 'crv', 'x', 'y'];
/** Without a kid several keys may fit; more attempts than this are not made for one token. */
const MOST_CANDIDATES = 8;
const MOST_KID_CHARACTERS = 1_024;

/**
 * The keys of one issuer: nobody else's key verifies its tokens. Fetched as {@link Refreshed} does, parsed once,
 * selected by jose (kid, kty, alg, use, key_ops, crv).
 */
export class KeySet {
  readonly #keys: Refreshed<ParsedKeys>;

  constructor(
    fetchKeys: () => Promise<{ issuers: readonly string[]; jwks: unknown }>,
    times: RefreshTimes,
    now: () => number,
    private readonly checks: SignatureChecks,
    memory?: KeyMemory,
  ) {
    this.#keys = new Refreshed(
      async () => {
        const { issuers, jwks } = await fetchKeys();
        const parsed = parseKeys(issuers, jwks);
        memory?.keep(parsed.jwks);
        return parsed;
      },
      times,
      now,
      (a, b) => a.text === b.text,
      memory && (() => recalled(memory)),
    );
  }

  /** The set at hand without waiting: an identity that changes when, and only when, a key or issuer changes. */
  current(): IssuerKeys | undefined {
    return this.#keys.current();
  }

  /** How often the keys were fetched so far. */
  get fetches(): number {
    return this.#keys.fetches;
  }

  /** @throws {@link Unavailable} while the keys cannot be fetched */
  get(): Promise<IssuerKeys> {
    return this.#keys.get();
  }

  /**
   * The keys that may have signed a token with this header, and the set in which they were found: at once, where nothing
   * has to be fetched or read for it.
   *
   * @throws {@link TokenRejection} `key_unknown`
   * @throws {@link Unavailable} while the keys cannot be fetched
   */
  candidates(header: JWSHeaderParameters): FoundKeys | Promise<FoundKeys> {
    const set = this.#keys.current();
    const checks = set?.found.get(nameOf(header));
    return set && checks ? { checks, set } : this.#look(header);
  }

  async #look(header: JWSHeaderParameters): Promise<FoundKeys> {
    if (typeof header.kid === 'string' && header.kid.length > MOST_KID_CHARACTERS)
      throw new TokenRejection('key_unknown');
    const { fetches } = this.#keys;
    const set = await this.#keys.get();
    const checks = await this.#find(set, header);
    if (checks.length > 0) return { checks, set };
    const newer = await this.#keys.newerThan(set, fetches);
    const now = newer === set ? [] : await this.#find(newer, header);
    if (now.length === 0) throw new TokenRejection('key_unknown');
    return { checks: now, set: newer };
  }

  async #find(set: ParsedKeys, header: JWSHeaderParameters): Promise<readonly SignatureCheck[]> {
    const name = nameOf(header);
    const known = set.found.get(name);
    if (known) return known;
    const keys = await select(set, header);
    const checks = keys.map((key) => this.checks(KeyObject.from(key), header.alg ?? ''));
    // whatever is asked for in vain is forgotten: tokens can name any kid
    if (checks.length > 0) set.found.set(name, checks);
    return checks;
  }
}

/** An algorithm has no spaces. */
function nameOf({ alg = '', kid }: JWSHeaderParameters): string {
  return kid === undefined ? alg : `${alg} ${kid}`;
}

async function recalled(memory: KeyMemory): Promise<Fetched<ParsedKeys> | undefined> {
  const kept = await memory.recall();
  return kept && { value: parseKeys(kept.issuers, kept.jwks), at: kept.at };
}

async function select(set: ParsedKeys, header: JWSHeaderParameters): Promise<CryptoKey[]> {
  try {
    return [await set.select(header)];
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const keys: CryptoKey[] = [];
    for await (const key of error) {
      if (keys.push(key) === MOST_CANDIDATES) break;
    }
    return keys;
  }
}

/** Keeps the public keys for signatures; what cannot be used is left out, so that one odd key hides no other. */
function parseKeys(issuers: readonly string[], jwks: unknown): ParsedKeys {
  const listed = isRecord(jwks) && Array.isArray(jwks.keys) ? (jwks.keys as unknown[]) : undefined;
  if (!listed) throw new TypeError('not a JWK Set');
  const keys = listed.flatMap(publicKey).slice(0, MOST_KEYS);
  const set = { keys };
  return {
    issuers: new Set(issuers),
    jwks: set,
    select: createLocalJWKSet(set),
    found: new Map(),
    text: JSON.stringify([issuers, set]),
  };
}

/** A key that says something of another type than it should is none: what it may be used for must not get lost. */
function publicKey(key: unknown): JWK[] {
  if (!isRecord(key) || !KEY_TYPES.includes(key.kty) || key.d !== undefined) return [];
  const members = Object.entries(key).filter(([name]) => name === 'key_ops' || TEXT_MEMBERS.includes(name));
  const sound = members.every(([name, value]) => (name === 'key_ops' ? isTextList(value) : typeof value === 'string'));
  return sound ? [Object.fromEntries(members)] : [];
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
