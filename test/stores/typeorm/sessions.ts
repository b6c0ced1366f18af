import { randomBytes } from 'node:crypto';
import type { NewSession } from '../../../lib/broker/store.js';

/** A session that nobody else has. */
export function newSession(given: Partial<NewSession> = {}): NewSession {
  const id = randomBytes(16).toString('base64url');
  return { id, sealed: 'sealed.content', lifetime: 60_000, sidKey: '', subKey: '', ...given };
}
