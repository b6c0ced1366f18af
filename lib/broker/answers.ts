import type { JsonObject, TokenAnswer } from '../tokens/index.js';
import type { BrokerSettings } from './broker.settings.js';
import type { Exchanged } from './token-exchange.js';
import { subjectOf } from './user-claims.js';
import { mint } from './minter.js';
import type { Outcome } from './refresh/outcome.js';
import type { RefreshTokens } from './refresh-tokens.js';
import type { SigningKeys } from './signing-keys.js';
import { randomUUID } from 'node:crypto';

type Successor = Outcome & { kind: 'successor' };

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** Makes token answers: our own access and refresh tokens, in the wire's names. */
export class Answers {
  readonly #made = new WeakMap<Successor, Promise<TokenAnswer>>();

  constructor(
    private readonly keys: SigningKeys,
    private readonly refreshTokens: RefreshTokens,
    private readonly settings: BrokerSettings,
  ) {}

  /**
   * Those who share a refresh share its answer: made once, however many there are.
   *
   * @param id of the session
   */
  ofSession(id: string, successor: Successor): Promise<TokenAnswer> {
    let answer = this.#made.get(successor);
    if (!answer) this.#made.set(successor, (answer = this.#make(id, successor)));
    return answer;
  }

  async ofExchange({ claims, audience, scope, lifetime }: Exchanged): Promise<TokenAnswer> {
    const answer = await this.#mint({ ...claims, ...(scope && { scope }) }, audience, lifetime);
    return { ...answer, issued_token_type: ACCESS_TOKEN };
  }

  async #make(id: string, { content, generation, lifetime }: Successor): Promise<TokenAnswer> {
    const { login, user, scope, kind, refreshToken } = content;
    const claims = {
      ...user,
      sub: subjectOf(login, user, this.settings),
      client_id: this.settings.clientId,
      sid: id,
      ...(scope && { scope }),
    };
    const answer = await this.#mint(claims, this.settings.audience, Math.min(this.settings.lifetimes[kind], lifetime));
    if (refreshToken === undefined) return answer;
    return {
      ...answer,
      refresh_token: this.refreshTokens.issue(id, generation),
      refresh_expires: Math.floor((this.settings.now() + lifetime) / 1000),
    };
  }

  /** @param lifetime in milliseconds */
  async #mint(claims: JsonObject & { scope?: unknown }, audience: string, lifetime: number): Promise<TokenAnswer> {
    const iat = Math.floor(this.settings.now() / 1000);
    const seconds = Math.max(1, Math.floor(lifetime / 1000));
    const payload = { ...claims, iss: this.settings.issuer, aud: audience, jti: randomUUID(), iat, exp: iat + seconds };
    return {
      access_token: await mint(payload, await this.keys.current()),
      token_type: 'Bearer',
      expires_in: seconds,
      expires: iat + seconds,
      ...(typeof claims.scope === 'string' && { scope: claims.scope }),
    };
  }
}
