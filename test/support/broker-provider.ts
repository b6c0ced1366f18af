import { GrantError, ProviderFaultError, ProviderUnavailableError } from '../../lib/errors/index.js';
import type { IdentityProvider, LoginGrant, LogoutToken, ProviderGrant } from '../../lib/broker/index.js';
import { ProviderTokens, type ProviderKind } from './broker-provider-tokens.js';
import type { Host, VirtualTime } from './broker-time.js';

/** What may become of a refresh request. */
export type RequestMishap =
  /** The provider certainly has not acted: a refused connection, 429, 500, 503. */
  | { kind: 'not now'; retryAfter?: number }
  /** `invalid_client`. */
  | { kind: 'objects' }
  /** The connection breaks; the request never arrives, or so many milliseconds later. */
  | { kind: 'request lost'; arrives?: number }
  /** The provider acts, and nobody hears of it. */
  | { kind: 'answer lost' }
  /** The provider acts, and answers, that much later. */
  | { kind: 'slow'; before: number; after: number };

/** A refresh token that was sent to the provider. */
export interface Presentation {
  host: Host;
  token: string;
  at: number;
  /** How it went, once the one who sent it knows. */
  fate?: 'granted' | 'refused' | 'not now' | 'objects' | 'lost';
  /** What the provider gave for it. */
  given?: string;
}

type Failing = 'ready' | 'confirm' | 'describe' | 'revoke';

const REALM = 'https://idp.example.org';

/** An identity provider without HTTP, behind wires on which requests and answers take time and get lost. */
export class FakeProvider {
  readonly tokens: ProviderTokens;
  readonly presentations: Presentation[] = [];
  readonly revocations: { token: string; at: number }[] = [];
  /** What becomes of the refresh requests to come for which nothing was planned. */
  mishap: (presentation: Presentation) => RequestMishap | undefined = () => undefined;
  /** What the other verbs fail with at present. */
  readonly failing: Partial<Record<Failing, Error | undefined>> = {};
  /** Milliseconds that the other verbs take. */
  readonly slow: Partial<Record<Failing, number>> = {};
  /** Milliseconds that a message takes. */
  travel: () => number = () => 1;
  readonly #planned: RequestMishap[] = [];
  #logoutTokens = 0;

  constructor(
    private readonly time: VirtualTime,
    kind: ProviderKind,
    private readonly now: () => number,
  ) {
    this.tokens = new ProviderTokens(kind);
  }

  /** Somebody logs in. */
  logIn(sub: string): LoginGrant & { refreshToken: string } {
    const { token, claims } = this.tokens.logIn({ iss: REALM, sub, iat: this.#seconds });
    return { ...grantOf(token), refreshToken: token, idToken: 'id', claims };
  }

  get revoked(): string[] {
    return this.revocations.map(({ token }) => token);
  }

  /** A logout token for the log-in of a refresh token, as the processes' links prove it. */
  logoutToken(token: string, by: 'sid' | 'sub'): string {
    this.#logoutTokens += 1;
    const times = { iat: this.#seconds, exp: this.#seconds + 120 };
    const named = { [by]: this.tokens.claimsOf(token)[by] };
    return JSON.stringify({ jti: String(this.#logoutTokens), issuer: REALM, ...times, offline: false, ...named });
  }

  /** The next refresh request meets this mishap; what was planned first comes first. */
  next(mishap: RequestMishap): void {
    this.#planned.push(mishap);
  }

  /** What was planned is off, and nothing fails. */
  calm(): void {
    this.#planned.length = 0;
    for (const verb of ['ready', 'confirm', 'describe', 'revoke'] as const) this.failing[verb] = undefined;
  }

  /** The provider as a process sees it. */
  linkOf(host: Host): IdentityProvider {
    const ask = (verb: Failing) => this.#ask(host, verb);
    return {
      ready: () => ask('ready'),
      refresh: (token) => this.#present({ host, token, at: this.time.now }),
      confirm: async (_idToken, known) => {
        await ask('confirm');
        return known;
      },
      describe: async (_accessToken, { sub }) => {
        await ask('describe');
        return { accessToken: undefined, userinfo: { preferred_username: `name of ${String(sub)}` } };
      },
      revoke: async (token) => {
        await new Promise<void>((resolve) => this.time.after(this.travel(), host, resolve));
        await ask('revoke');
        this.revocations.push({ token, at: this.time.now });
        this.tokens.revoke(token);
      },
      verifyLogoutToken: async (token) => JSON.parse(token) as LogoutToken,
      verifyAccessToken: async () => ({}),
    };
  }

  get #seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  async #ask(host: Host, verb: Failing): Promise<void> {
    const takes = this.slow[verb];
    if (takes !== undefined) await new Promise<void>((resolve) => this.time.after(takes, host, resolve));
    if (this.failing[verb]) throw this.failing[verb];
  }

  #present(presentation: Presentation): Promise<ProviderGrant> {
    this.presentations.push(presentation);
    const mishap = this.#planned.shift() ?? this.mishap(presentation);
    return new Promise((resolve, reject) => {
      const tell = ({ fate, grant, error }: Fate, after = 0) => {
        this.time.after(after + this.travel(), presentation.host, () => {
          presentation.fate = fate;
          if (grant) resolve(grant);
          else reject(error ?? new Error());
        });
      };
      this.time.after(this.travel(), undefined, () => {
        if (mishap === undefined) tell(this.#redeem(presentation));
        else if (mishap.kind === 'slow') {
          this.time.after(mishap.before, undefined, () => tell(this.#redeem(presentation), mishap.after));
        } else {
          if (mishap.kind === 'answer lost') this.#redeem(presentation);
          if (mishap.kind === 'request lost' && mishap.arrives !== undefined) {
            this.time.after(mishap.arrives, undefined, () => this.#redeem(presentation));
          }
          tell(fateOf(mishap));
        }
      });
    });
  }

  #redeem(presentation: Presentation): Fate {
    const redeemed = this.tokens.redeem(presentation.token);
    if (redeemed === 'refused') {
      return { fate: 'refused', error: new GrantError('invalid_grant', 'grant_refused', 'It is worth nothing.') };
    }
    if (redeemed !== 'stays') presentation.given = redeemed.given;
    return { fate: 'granted', grant: grantOf(presentation.given) };
  }
}

/** What the sender of a refresh token is told. */
interface Fate {
  fate: NonNullable<Presentation['fate']>;
  grant?: ProviderGrant;
  error?: Error;
}

function fateOf(mishap: Exclude<RequestMishap, { kind: 'slow' }>): Fate {
  switch (mishap.kind) {
    case 'not now': {
      const error = new ProviderUnavailableError('provider_overloaded', 'Not now.', mishap.retryAfter, true);
      return { fate: 'not now', error };
    }
    case 'objects':
      return { fate: 'objects', error: new ProviderFaultError('provider_refuses_client') };
    default:
      return { fate: 'lost', error: new ProviderUnavailableError('provider_unreachable', 'The connection broke.') };
  }
}

function grantOf(refreshToken: string | undefined): ProviderGrant {
  const answer = { accessToken: 'access', expiresIn: 300, refreshLifetime: undefined, idToken: undefined };
  return { ...answer, refreshToken, scope: 'openid' };
}
