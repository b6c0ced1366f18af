import type { SessionContent } from '../session-content.js';

/** What a caller who presented a refresh token gets. */
export type Outcome =
  /** The successor: content of the session, and milliseconds until it expires. */
  | { kind: 'successor'; generation: number; content: SessionContent; lifetime: number }
  /** 400 `invalid_grant`: the session has ended. */
  | { kind: 'refused' }
  /** 503: provider or store are not there at the moment; the session stays. */
  | { kind: 'unavailable'; error: unknown };
