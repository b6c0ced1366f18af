import { GrantError, InvalidRequestError } from '../errors/index.js';
import { grantedScopes, TokenRejection, type JsonObject } from '../tokens/index.js';
import type { BrokerSettings, ExchangePolicy, ExchangeWish } from './broker.settings.js';
import type { IdentityProvider } from './identity-provider.js';
import { decidePeerExchange } from './peers/peer-exchange.js';
import type { Peer, Peers } from './peers/peers.js';
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

/** Turns an access token of the provider or of a peer into one of ours, never into more than it was. */
export class TokenExchange {
  constructor(
    private readonly provider: IdentityProvider,
    private readonly peers: Peers,
    private readonly settings: BrokerSettings,
  ) {}

  /** Whether any token may be exchanged. */
  get offered(): boolean {
    return this.settings.exchange !== undefined || this.peers.exchange;
  }

  /**
   * @throws {@link InvalidRequestError} if the subject token proves nothing or may not be exchanged
   * @throws {@link GrantError} `unsupported_grant_type`, `invalid_target`, `invalid_scope`
   */
  async grant({ subjectToken, targets, scopes }: ExchangeRequest): Promise<Exchanged> {
    if (!this.offered) {
      throw new GrantError('unsupported_grant_type', 'unsupported_grant_type', 'Token exchange is not allowed here.');
    }
    const { exchange, lifetimes, now } = this.settings;
    const audience = audienceOf(targets, exchange?.audiences ?? [this.settings.audience]);
    const { peer, subject } = await this.#prove(subjectToken);
    const left = Number(subject.exp) * 1000 - now();
    // clocks may differ when a token is verified; what is issued for it lives no longer than it says
    if (left < SHORTEST) {
      throw new InvalidRequestError('subject_token_invalid', 'subject_token is not valid here (expired).');
    }
    const { claims, granted } = peer
      ? await decidePeerExchange(peer.settings, { subject, audience, scopes })
      : await this.#decide(subject, audience, scopes);
    return {
      claims,
      audience,
      scope: granted.length === 0 ? undefined : granted.join(' '),
      lifetime: Math.min(lifetimes.exchange, left),
    };
  }

  async #prove(token: string): Promise<{ subject: JsonObject; peer: Peer | undefined }> {
    try {
      const peer = this.peers.named(token);
      refuseUnlessExchanged(peer ? peer.settings.exchange : this.settings.exchange);
      const subject = await (peer ? peer.tokens.claims(token) : this.provider.verifyAccessToken(token));
      if (subject.may_act === undefined && subject.act === undefined) return { subject, peer };
    } catch (error) {
      if (!(error instanceof TokenRejection)) throw error;
      throw new InvalidRequestError('subject_token_invalid', `subject_token is not valid here (${error.reason}).`);
    }
    throw new InvalidRequestError('subject_token_invalid', 'subject_token speaks of actors, which are not supported.');
  }

  async #decide(
    subject: JsonObject,
    audience: string,
    scopes: readonly string[] | undefined,
  ): Promise<{ claims: JsonObject; granted: readonly string[] }> {
    const { clients = [], policy } = this.settings.exchange ?? {};
    const client = clientOf(subject, clients);
    const granted = await decide({ subject, client, audience, scopes: scopesOf(subject, scopes) }, policy);
    const user = userClaims(subject, { accessToken: subject, userinfo: undefined }, this.settings);
    return { claims: { ...user, sub: subjectOf(subject, user, this.settings), client_id: client }, granted };
  }
}

function refuseUnlessExchanged(allowed: unknown): void {
  if (allowed !== undefined) return;
  throw new InvalidRequestError(
    'subject_token_not_allowed',
    'Tokens of this issuer are not exchanged here (options broker.exchange and broker.trustedIssuers).',
  );
}

/** The configured audiences only; without a wish, the usual one. */
function audienceOf(targets: readonly string[], audiences: readonly string[]): string {
  const [target = audiences[0] ?? '', ...others] = targets;
  if (audiences.includes(target) && others.every((other) => other === target)) return target;
  throw new GrantError(
    'invalid_target',
    'target_not_allowed',
    'Tokens for this audience or resource are not issued here.',
  );
}

function clientOf(subject: JsonObject, clients: readonly string[]): string {
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

async function decide(wish: ExchangeWish, policy: ExchangePolicy | undefined): Promise<readonly string[]> {
  const decision: unknown = policy ? await policy(wish) : true;
  if (decision === true) return wish.scopes;
  const fewer = typeof decision === 'object' && decision !== null && 'scopes' in decision ? decision.scopes : undefined;
  if (Array.isArray(fewer)) return wish.scopes.filter((scope) => fewer.includes(scope));
  throw new InvalidRequestError('subject_token_not_allowed', 'The exchange of this subject_token is not allowed.');
}
