import type { KeyObject } from 'node:crypto';

/** Whether one key signed a token, with one algorithm. A key that does not fit the algorithm, or is too weak, signed nothing. */
export interface SignatureCheck {
  readonly key: KeyObject;
  /** On this thread, while nothing else runs; not there, where only waiting is possible. */
  readonly atOnce?: (token: string) => boolean;
  /** Off this thread, where that can be. */
  readonly verify: (token: string) => Promise<boolean>;
}

/** Who checks signatures. */
export type SignatureChecks = (key: KeyObject, algorithm: string) => SignatureCheck;
