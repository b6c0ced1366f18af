import type { HttpRequest } from '../http/index.js';
import type { IDToken } from '../tokens/index.js';
import type { RoutePlan } from './route-plan.js';

/** The tokens that a handler was given, by registration; empty for an anonymous request. */
export type GrantedTokens = ReadonlyMap<string, IDToken>;

const STATE = Symbol('nestjs-oidc-auth:request');

/**
 * What guards found out about one request. Which token it carries, and which handler's requirements were met, are two
 * things: one request may run several handlers.
 */
export class RequestState {
  readonly #verified = new Map<string, Promise<IDToken>>();
  readonly #met = new Map<RoutePlan, GrantedTokens>();

  static of(request: HttpRequest): RequestState {
    const carrier = request as { [STATE]?: RequestState };
    return (carrier[STATE] ??= new RequestState());
  }

  /** The request's token as one registration sees it, verified once. */
  verified(instance: string, verify: () => Promise<IDToken>): Promise<IDToken> {
    let token = this.#verified.get(instance);
    if (!token) this.#verified.set(instance, (token = verify()));
    return token;
  }

  meet(plan: RoutePlan, tokens: GrantedTokens): void {
    this.#met.set(plan, tokens);
  }

  /** What a handler was given, if a guard let the request in to it. */
  granted(plan: RoutePlan): GrantedTokens | undefined {
    return this.#met.get(plan);
  }
}
