import { Inject, Injectable, Optional, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { MissingTokenError, type OidcAuthError } from '../errors/index.js';
import { bearerFaultOf, bearerOf, carrierOf, httpExceptionOf, plainBearerOf, type HttpRequest } from '../http/index.js';
import type { IDToken } from '../tokens/index.js';
import { OidcAuthEvents } from './events.js';
import { countsAsNone, refusalOf, refuseShortfall } from './refusal.js';
import { IS_OIDC_GUARD } from './route-metadata.js';
import { OidcRegistry, type GuardedInstance } from './registry.js';
import { GrantedToken, RequestState, type GrantedTokens } from './request-state.js';
import { routePlanOf, type RoutePlan, type Want } from './route-plan.js';

const NOBODY: GrantedTokens = new Map();

/**
 * Lets a request in to a handler if its bearer token is genuine and has what the handler, its parameters and its class
 * require. Use it on a class or method, or globally as APP_GUARD; `@Required()` and `@Optional()` bring it along.
 *
 * @throws `HttpException` 400, 401, 403 (RFC 6750, section 3) or 503, the domain error as its `cause`
 */
@Injectable()
export class OidcGuard implements CanActivate {
  /** @internal */
  static readonly [IS_OIDC_GUARD] = true;

  constructor(
    @Optional() @Inject(OidcRegistry) private readonly registry: OidcRegistry | undefined,
    @Optional() @Inject(OidcAuthEvents) private readonly events: OidcAuthEvents | undefined,
    @Optional() @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost | undefined,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const plan = routePlanOf(context.getClass(), context.getHandler());
    if (plan.mode === 'public') return true;
    const request = carrierOf(context);
    const state = RequestState.of(request);
    if (state.granted(plan)) return true;
    try {
      const tokens = this.#tokens(plan, request, state);
      if (tokens instanceof Promise) return this.#later(tokens, plan, context);
      state.meet(plan, tokens);
      return true;
    } catch (thrown) {
      return this.#refuse(thrown, plan, context);
    }
  }

  async #later(tokens: Promise<GrantedTokens>, plan: RoutePlan, context: ExecutionContext): Promise<boolean> {
    try {
      RequestState.of(carrierOf(context)).meet(plan, await tokens);
      return true;
    } catch (thrown) {
      return this.#refuse(thrown, plan, context);
    }
  }

  /** @throws `HttpException`, unless the route wants a bad token to count as none */
  #refuse(thrown: unknown, plan: RoutePlan, context: ExecutionContext): boolean {
    const request = carrierOf(context);
    const error = refusalOf(bearerFaultOf(request) ?? thrown);
    if (countsAsNone(error, plan)) {
      RequestState.of(request).meet(plan, NOBODY);
      return true;
    }
    this.events?.refused(error, plan.wants[0]?.instance ?? '', plan.handler);
    this.#setHeaders(error, context);
    throw httpExceptionOf(error);
  }

  /** @throws {@link OidcAuthError} if a requirement is not met, now or later */
  #tokens(plan: RoutePlan, request: HttpRequest, state: RequestState): GrantedTokens | Promise<GrantedTokens> {
    const bearer = plainBearerOf(request) ?? bearerOf(request);
    if (bearer === undefined) {
      if (plan.mode === 'optional') return NOBODY;
      throw new MissingTokenError();
    }
    const [want] = plan.wants;
    if (!want || plan.wants.length > 1) return this.#tokensOfSeveral(plan, bearer, state);
    const instance = this.#instance(want.instance, plan);
    const token = proven(instance, bearer, state);
    return token instanceof Promise
      ? token.then((later) => granted(later, instance, want))
      : granted(token, instance, want);
  }

  async #tokensOfSeveral(plan: RoutePlan, bearer: string, state: RequestState): Promise<GrantedTokens> {
    const tokens = new Map<string, IDToken>();
    for (const want of plan.wants) {
      const instance = this.#instance(want.instance, plan);
      const token = await proven(instance, bearer, state);
      checkRequirements(token, instance, want);
      tokens.set(want.instance, token);
    }
    return tokens;
  }

  #instance(name: string, { handler }: RoutePlan): GuardedInstance {
    const instance = this.registry?.get(name);
    if (instance) return instance;
    throw new Error(
      this.registry
        ? `${handler} wants tokens of the instance ${JSON.stringify(name)}, which OidcAuthModule was never registered as.`
        : `${handler} is protected by OidcGuard, but the application never imports OidcAuthModule: add OidcAuthModule.forRoot(...).`,
    );
  }

  #setHeaders(error: OidcAuthError, context: ExecutionContext): void {
    const response: unknown = context.switchToHttp().getResponse();
    for (const [name, value] of Object.entries(error.headers)) this.host?.httpAdapter.setHeader(response, name, value);
  }
}

/** A token that is being proven for one handler of a request is awaited by its others, too. */
function proven(
  { name, accessTokens }: GuardedInstance,
  bearer: string,
  state: RequestState,
): IDToken | Promise<IDToken> {
  const token = state.underWay(name) ?? accessTokens.verify(bearer);
  if (token instanceof Promise) state.wait(name, token);
  return token;
}

function granted(token: IDToken, instance: GuardedInstance, want: Want): GrantedTokens {
  checkRequirements(token, instance, want);
  return new GrantedToken(want.instance, token);
}

/** @throws {@link OidcAuthError} if one is not met */
function checkRequirements(token: IDToken, instance: GuardedInstance, want: Want): void {
  refuseShortfall(instance.requirement.shortfall(token));
  for (const requirement of want.requirements) refuseShortfall(requirement.shortfall(token));
}
