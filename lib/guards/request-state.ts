import type { HttpRequest } from '../http/index.js';
import type { IDToken } from '../tokens/index.js';
import type { RoutePlan } from './route-plan.js';

/** The tokens that a handler was given, by registration; empty for an anonymous request. */
export type GrantedTokens = Pick<ReadonlyMap<string, IDToken>, 'size' | 'has' | 'get'>;

/** The token of the one registration whose token a handler wants. */
export class GrantedToken implements GrantedTokens {
  readonly size = 1;

  constructor(
    private readonly instance: string,
    private readonly token: IDToken,
  ) {}

  has(instance: string): boolean {
    return instance === this.instance;
  }

  get(instance: string): IDToken | undefined {
    return instance === this.instance ? this.token : undefined;
  }
}

const STATE = Symbol('nestjs-oidc-auth:request');

/**
 * What guards found out about one request. Which token it carries, and which handler's requirements were met, are two
 * things: one request may run several handlers.
 */
export class RequestState {
  #underWay: Map<string, Promise<IDToken>> | undefined;
  /** Most requests run one handler. */
  #first: { plan: RoutePlan; tokens: GrantedTokens } | undefined;
  #others: Map<RoutePlan, GrantedTokens> | undefined;

  static of(request: HttpRequest): RequestState {
    const carrier = request as { [STATE]?: RequestState };
    return (carrier[STATE] ??= new RequestState());
  }

  /** The request's token as one registration sees it, if its proof takes or took some time. */
  underWay(instance: string): Promise<IDToken> | undefined {
    return this.#underWay?.get(instance);
  }

  wait(instance: string, token: Promise<IDToken>): void {
    (this.#underWay ??= new Map()).set(instance, token);
  }

  meet(plan: RoutePlan, tokens: GrantedTokens): void {
    if (!this.#first || this.#first.plan === plan) this.#first = { plan, tokens };
    else (this.#others ??= new Map()).set(plan, tokens);
  }

  /** What a handler was given, if a guard let the request in to it. */
  granted(plan: RoutePlan): GrantedTokens | undefined {
    return this.#first?.plan === plan ? this.#first.tokens : this.#others?.get(plan);
  }
}
