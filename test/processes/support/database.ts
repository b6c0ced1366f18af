/** A session as the store keeps it, as far as tests look at it. */
export interface StoredSession {
  readonly id: string;
  readonly generation: number;
  readonly lease: string;
  readonly ended: string;
  readonly sealed: string;
}

/** A database for processes to share, and a way into it that goes past the store. */
export interface Database {
  /** As `broker.store` names it. */
  readonly url: string;
  /** Everything that it holds, row by row, as text. */
  dump(): Promise<string>;
  sessions(): Promise<StoredSession[]>;
  /** Puts something else in the place of what a session holds. */
  overwrite(id: string, change: { readonly sealed: string; readonly generation?: number }): Promise<void>;
  /** What the rows of signing keys hold, the oldest first. */
  signingKeys(): Promise<string[]>;
  /** Lets go of it, and deletes it. */
  drop(): Promise<void>;
}
