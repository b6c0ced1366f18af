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
import { routePlanOf, type RoutePlan } from './route-plan.js';

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
      const granted = this.#atOnce(plan, request);
      if (!granted) return this.#admit(plan, request, state, context);
      state.meet(plan, granted);
      return true;
    } catch (thrown) {
      return this.#refuse(bearerFaultOf(request) ?? thrown, plan, state, context);
    }
  }

  /** What most requests carry: a token that takes no waiting, and has all that is required. Whatever else, nothing. */
  #atOnce({ wants }: RoutePlan, request: HttpRequest): GrantedTokens | undefined {
    const [want, ...others] = wants;
    const instance = want && others.length === 0 ? this.registry?.get(want.instance) : undefined;
    const bearer = instance && plainBearerOf(request);
    const token = bearer === undefined ? undefined : instance?.accessTokens.atOnce(bearer);
    if (!want || !token || instance?.requirement.shortfall(token)) return undefined;
    return want.requirements.some((requirement) => requirement.shortfall(token))
      ? undefined
      : new GrantedToken(want.instance, token);
  }

  async #admit(
    plan: RoutePlan,
    request: HttpRequest,
    state: RequestState,
    context: ExecutionContext,
  ): Promise<boolean> {
    try {
      state.meet(plan, await this.#tokens(plan, request, state));
      return true;
    } catch (thrown) {
      return this.#refuse(thrown, plan, state, context);
    }
  }

  /** @throws `HttpException`, unless the route wants a bad token to count as none */
  #refuse(thrown: unknown, plan: RoutePlan, state: RequestState, context: ExecutionContext): boolean {
    const error = refusalOf(thrown);
    if (countsAsNone(error, plan)) {
      state.meet(plan, NOBODY);
      return true;
    }
    this.events?.refused(error, plan.wants[0]?.instance ?? '', plan.handler);
    this.#setHeaders(error, context);
    throw httpExceptionOf(error);
  }

  /** @throws {@link OidcAuthError} if a requirement is not met */
  async #tokens(plan: RoutePlan, request: HttpRequest, state: RequestState): Promise<GrantedTokens> {
    const bearer = bearerOf(request);
    if (bearer === undefined) {
      if (plan.mode === 'optional') return NOBODY;
      throw new MissingTokenError();
    }
    const tokens = new Map<string, IDToken>();
    for (const { instance: name, requirements } of plan.wants) {
      const instance = this.#instance(name, plan);
      const token = await state.verified(name, () => instance.accessTokens.verify(bearer));
      for (const requirement of [instance.requirement, ...requirements]) refuseShortfall(requirement.shortfall(token));
      tokens.set(name, token);
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
