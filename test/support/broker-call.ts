import { OidcAuthError } from '../../lib/errors/index.js';
import type { TokenAnswer } from '../../lib/tokens/index.js';
import type { Host, VirtualTime } from './broker-time.js';

/** A refresh token of ours that somebody presented, and what came of it. */
export class Call {
  readonly at: number;
  /** When it was answered. */
  settled: number | undefined;
  /** `generation 3`, `400 invalid_grant`, `503`; nothing yet, or never. */
  answer: string | undefined;
  tokens: TokenAnswer | undefined;
  error: unknown;
  /** Is given the refresh token that it was answered. */
  onTokens: (successor: string) => void = () => undefined;

  constructor(
    readonly host: Host,
    readonly token: string,
    answer: Promise<TokenAnswer>,
    private readonly time: VirtualTime,
  ) {
    this.at = time.now;
    answer.then(
      (tokens) => {
        this.tokens = tokens;
        this.onTokens(tokens.refresh_token ?? '');
        this.#settle(`generation ${generationOf(tokens.refresh_token ?? '')}`);
      },
      (error: unknown) => {
        this.error = error;
        this.#settle(kindOf(error));
      },
    );
  }

  /** The refresh token that it was answered. */
  get successor(): string {
    if (this.tokens?.refresh_token === undefined) throw new Error(`it was answered ${this.answer ?? 'nothing'}`);
    return this.tokens.refresh_token;
  }

  #settle(answer: string): void {
    this.answer = answer;
    this.settled = this.time.now;
  }
}

/** The generation that a refresh token of ours names. */
export function generationOf(token: string): number {
  return Number(token.split('.')[1]);
}

function kindOf(error: unknown): string {
  if (!(error instanceof OidcAuthError)) return `broken: ${String(error)}`;
  return error.status === 503 ? '503' : `${error.status} ${error.error}`;
}
