import { createHmac } from 'node:crypto';
import type { JsonObject } from '../tokens/index.js';
import { derive } from './vault.js';

/** By what back-channel logout finds sessions: keyed hashes, so that the store tells nobody who is logged in. */
export interface IndexKeys {
  sidKey: string;
  subKey: string;
}

/** Longer than a log-in takes from its ID token to its row, in seconds. */
const LONGEST_LOGIN = 120;
/** How far the provider's clock may be ahead of ours, in seconds. */
const AHEAD = 30;

/** Finds sessions by the provider's session and subject. */
export class SessionIndex {
  readonly #keys: readonly [Buffer, ...Buffer[]];

  /** @param encryptionKeys the first indexes, all find */
  constructor(
    encryptionKeys: readonly string[],
    private readonly now: () => number,
  ) {
    this.#keys = encryptionKeys.map((secret) => derive(secret, 'session index', 32)) as [Buffer, ...Buffer[]];
  }

  /** The keys of a new session. @param login the claims of its ID token */
  keysOf({ iss, sid, sub }: JsonObject): IndexKeys {
    const [key] = this.#keys;
    return { sidKey: sid === undefined ? '' : hashed(key, 'sid', iss, sid), subKey: hashed(key, 'sub', iss, sub) };
  }

  /** Every key that sessions of this provider session or subject may carry. */
  keysFor(kind: 'sid' | 'sub', issuer: string, value: string): string[] {
    return this.#keys.map((key) => hashed(key, kind, issuer, value));
  }

  /** The note that a back-channel logout leaves for log-ins that are under way. @param iat of the logout token */
  noteOf(kind: 'sid' | 'sub', issuer: string, value: string, iat: number): string {
    const [key] = this.#keys;
    // a provider's session never comes back, a user does: only log-ins from before the logout are meant
    return kind === 'sid'
      ? `sid:${hashed(key, kind, issuer, value)}`
      : `sub:${hashed(key, kind, issuer, value)}:${Math.floor(iat)}`;
  }

  /** The notes that would end a log-in. @param login the claims of its ID token */
  notesAbout({ iss, sid, sub, iat }: JsonObject): string[] {
    const issued = Math.floor(Number(iat));
    const latest = Math.min(Math.floor(this.now() / 1000) + AHEAD, issued + LONGEST_LOGIN);
    return this.#keys.flatMap((key) => {
      const subKey = hashed(key, 'sub', iss, sub);
      return [
        ...(sid === undefined ? [] : [`sid:${hashed(key, 'sid', iss, sid)}`]),
        ...secondsBetween(issued, latest).map((second) => `sub:${subKey}:${second}`),
      ];
    });
  }
}

function secondsBetween(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function hashed(key: Buffer, kind: string, issuer: unknown, value: unknown): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([kind, issuer, value]))
    .digest('base64url');
}
