import { createParamDecorator, UseGuards, type ExecutionContext } from '@nestjs/common';
import { PARAMTYPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { addTokenParameter, methodOf, OidcGuard, RequestState, routePlanOf, TokenParameter } from '../guards/index.js';
import { carrierOf } from '../http/index.js';
import type { IDToken } from '../tokens/index.js';

/** What Nest keeps of one decorated parameter. */
interface RouteArgument {
  index: number;
  data?: unknown;
}

const inject = createParamDecorator((parameter: TokenParameter, context: ExecutionContext) =>
  tokenFor(parameter, context),
);

/** A parameter decorator that injects the token, brings the guard along and tells it what this parameter wants. */
export function tokenParameter(...args: ConstructorParameters<typeof TokenParameter>): ParameterDecorator {
  const parameter = new TokenParameter(...args);
  return (prototype, key, index) => {
    if (key === undefined) {
      throw new TypeError(
        '@Required() and @Optional() belong on a parameter of a route handler, not of a constructor.',
      );
    }
    inject(parameter)(prototype, key, index);
    dropRivals(prototype, key, index, parameter);
    hideType(prototype, key, index);
    addTokenParameter(prototype, key, parameter);
    UseGuards(OidcGuard)(prototype, key, { value: methodOf(prototype.constructor as never, key as string) });
  };
}

/**
 * The token that the guard left for this very parameter. A guard that never ran, ran for another handler, or did not know
 * of the parameter (because something replaced the handler) has left none, and then nobody gets in.
 */
function tokenFor(parameter: TokenParameter, context: ExecutionContext): IDToken | undefined {
  const plan = routePlanOf(context.getClass(), context.getHandler());
  const granted = RequestState.of(carrierOf(context)).granted(plan);
  const instance = plan.parameters.get(parameter);
  if (granted && instance !== undefined) return granted.get(instance);
  throw new Error(
    `No OidcGuard let this request in to ${plan.handler}: another decorator replaced the handler, or a test replaced the guard. ` +
      'Write @UseGuards(OidcGuard) above the other decorator; in tests use guardWithClaims() of nestjs-oidc-auth/testing.',
  );
}

/** Nest 11 hands an overridden method's parameters on to the override: two decorators for one parameter. */
function dropRivals(prototype: object, key: string | symbol, index: number, parameter: TokenParameter): void {
  const all = (Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, key) ?? {}) as Record<
    string,
    RouteArgument
  >;
  const kept = Object.entries(all).filter(([, argument]) => argument.index !== index || argument.data === parameter);
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, Object.fromEntries(kept), prototype.constructor, key);
}

/** A verified token is no DTO: with validateCustomDecorators a ValidationPipe would try to make one of it. */
function hideType(prototype: object, key: string | symbol, index: number): void {
  const types = Reflect.getOwnMetadata(PARAMTYPES_METADATA, prototype, key) as unknown[] | undefined;
  if (!types) return;
  Reflect.defineMetadata(PARAMTYPES_METADATA, types.with(index, Object), prototype, key);
}
