import type { JsonObject } from '../../lib/tokens/index.js';

/**
 * How a provider treats a refresh token that was used: `strict` takes it for stolen and ends its log-in, `rotate` refuses
 * it, `grace` answers once more, `static` never replaces it.
 */
export type ProviderKind = 'strict' | 'rotate' | 'grace' | 'static';

/** What came of a refresh token: another one, none because it stays, or nothing because it is refused. */
export type Redeemed = { given: string } | 'stays' | 'refused';

interface Login {
  claims: JsonObject;
  living: Set<string>;
  used: Set<string>;
}

/** The log-ins of a provider, and which refresh tokens of each it would still take. */
export class ProviderTokens {
  readonly #logins: Login[] = [];
  #issued = 0;

  constructor(readonly kind: ProviderKind) {}

  get living(): string[] {
    return this.#logins.flatMap(({ living }) => [...living]);
  }

  /** @returns the first refresh token of a new log-in, and its claims */
  logIn(claims: JsonObject): { token: string; claims: JsonObject } {
    const login = {
      claims: { ...claims, sid: `sid ${this.#logins.length}` },
      living: new Set<string>(),
      used: new Set<string>(),
    };
    this.#logins.push(login);
    return { token: this.#issue(login), claims: login.claims };
  }

  claimsOf(token: string): JsonObject {
    return this.#loginOf(token).claims;
  }

  redeem(token: string): Redeemed {
    const login = this.#loginOf(token);
    if (!login.living.has(token)) {
      if (this.kind === 'strict' && login.used.has(token)) this.endLogin(token);
      return 'refused';
    }
    if (this.kind === 'static') return 'stays';
    if (this.kind !== 'grace') this.#use(login, token);
    return { given: this.#issue(login) };
  }

  /** Where a used token is taken again, the end of one is the end of all. */
  revoke(token: string): void {
    if (this.kind === 'grace') this.endLogin(token);
    else this.#loginOf(token).living.delete(token);
  }

  /** The log-in of a token ends, and with it every token of it. */
  endLogin(token: string): void {
    const login = this.#loginOf(token);
    for (const one of login.living) this.#use(login, one);
  }

  #use({ living, used }: Login, token: string): void {
    living.delete(token);
    used.add(token);
  }

  #issue(login: Login): string {
    this.#issued += 1;
    const token = `${this.#logins.indexOf(login)}/${this.#issued}`;
    login.living.add(token);
    return token;
  }

  #loginOf(token: string): Login {
    const login = this.#logins[Number(token.split('/')[0])];
    if (!login) throw new Error('no such token was ever issued');
    return login;
  }
}
