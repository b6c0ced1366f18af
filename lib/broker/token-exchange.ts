import { GrantError, InvalidRequestError } from '../errors/index.js';
import { grantedScopes, TokenRejection, type JsonObject } from '../tokens/index.js';
import type { BrokerSettings, ExchangeSettings, ExchangeWish } from './broker.settings.js';
import type { IdentityProvider } from './identity-provider.js';
import { subjectOf, userClaims } from './user-claims.js';

/** A token exchange as it was asked for, checked for form only: RFC 8693, section 2.1. */
export interface ExchangeRequest {
  subjectToken: string;
  /** What is asked for as audience or resource. */
  targets: readonly string[];
  scopes: readonly string[] | undefined;
}

/** What an exchange grants. */
export interface Exchanged {
  claims: JsonObject;
  audience: string;
  scope: string | undefined;
  /** In milliseconds. */
  lifetime: number;
}

/** In milliseconds: times in tokens are whole seconds. */
const SHORTEST = 1_000;

/** Turns an access token of the provider into one of ours, never into more than it was. */
export class TokenExchange {
  constructor(
    private readonly provider: IdentityProvider,
    private readonly settings: BrokerSettings,
  ) {}

  /**
   * @throws {@link InvalidRequestError} if the subject token proves nothing or may not be exchanged
   * @throws {@link GrantError} `unsupported_grant_type`, `invalid_target`, `invalid_scope`
   */
  async grant({ subjectToken, targets, scopes }: ExchangeRequest): Promise<Exchanged> {
    const { exchange, lifetimes, now } = this.settings;
    if (!exchange) {
      throw new GrantError('unsupported_grant_type', 'unsupported_grant_type', 'Token exchange is not allowed here.');
    }
    const audience = audienceOf(targets, exchange);
    const subject = await this.#prove(subjectToken);
    const left = Number(subject.exp) * 1000 - now();
    // clocks may differ when a token is verified; what is issued for it lives no longer than it says
    if (left < SHORTEST) {
      throw new InvalidRequestError('subject_token_invalid', 'subject_token is not valid here (expired).');
    }
    const client = clientOf(subject, exchange);
    const wish = { subject, client, audience, scopes: scopesOf(subject, scopes) };
    const granted = await decide(wish, exchange);
    const user = userClaims(subject, { accessToken: subject, userinfo: undefined }, this.settings);
    return {
      claims: { ...user, sub: subjectOf(subject, user, this.settings), client_id: client },
      audience,
      scope: granted.length === 0 ? undefined : granted.join(' '),
      lifetime: Math.min(lifetimes.exchange, left),
    };
  }

  async #prove(token: string): Promise<JsonObject> {
    try {
      const subject = await this.provider.verifyAccessToken(token);
      if (subject.may_act === undefined && subject.act === undefined) return subject;
    } catch (error) {
      if (!(error instanceof TokenRejection)) throw error;
      throw new InvalidRequestError('subject_token_invalid', `subject_token is not valid here (${error.reason}).`);
    }
    throw new InvalidRequestError('subject_token_invalid', 'subject_token speaks of actors, which are not supported.');
  }
}

/** The configured audiences only; without a wish, the usual one. */
function audienceOf(targets: readonly string[], { audiences }: ExchangeSettings): string {
  const [target = audiences[0] ?? '', ...others] = targets;
  if (audiences.includes(target) && others.every((other) => other === target)) return target;
  throw new GrantError(
    'invalid_target',
    'target_not_allowed',
    'Tokens for this audience or resource are not issued here.',
  );
}

function clientOf(subject: JsonObject, { clients }: ExchangeSettings): string {
  const client = subject.azp ?? subject.client_id ?? subject.appid ?? subject.cid;
  if (typeof client === 'string' && clients.includes(client)) return client;
  throw new InvalidRequestError(
    'subject_token_not_allowed',
    'subject_token was not issued to a client whose tokens are exchanged here (option broker.exchange.clients).',
  );
}

function scopesOf(subject: JsonObject, wanted: readonly string[] | undefined): readonly string[] {
  const granted = grantedScopes(subject);
  if (!wanted) return [...granted];
  if (wanted.every((scope) => granted.has(scope))) return wanted;
  throw new GrantError('invalid_scope', 'scope_missing', 'subject_token does not grant the scope that is asked for.');
}

async function decide(wish: ExchangeWish, { policy }: ExchangeSettings): Promise<readonly string[]> {
  const decision: unknown = policy ? await policy(wish) : true;
  if (decision === true) return wish.scopes;
  const fewer = typeof decision === 'object' && decision !== null && 'scopes' in decision ? decision.scopes : undefined;
  if (Array.isArray(fewer)) return wish.scopes.filter((scope) => fewer.includes(scope));
  throw new InvalidRequestError('subject_token_not_allowed', 'The exchange of this subject_token is not allowed.');
}
