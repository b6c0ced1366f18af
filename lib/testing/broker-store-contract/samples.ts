import { randomBytes } from 'node:crypto';
import type { NewSession } from '../../broker/store.js';

/** In milliseconds. */
export const HOUR = 3_600_000;

/** So many characters of base64url, never twice the same. */
export function randomText(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length);
}

/** As {@link randomText}, with a dot in it, as what is sealed has. */
export function sealedText(length = 60): string {
  return `s1.${randomText(length - 3)}`;
}

/** A session that is in no storage yet. Default: a lifetime of an hour. */
export function newSession(changes: Partial<NewSession> = {}): NewSession {
  return {
    id: randomText(22),
    sealed: sealedText(),
    lifetime: HOUR,
    sidKey: randomText(43),
    subKey: randomText(43),
    ...changes,
  };
}

/** The same text to whoever does not tell upper from lower case. */
export function swapCase(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
}
