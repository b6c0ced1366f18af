import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RequestState, routePlanOf } from '../guards/index.js';
import { carrierOf } from '../http/index.js';
import type { IDToken } from '../tokens/index.js';

const inject = createParamDecorator((instance: string | undefined, context: ExecutionContext) =>
  tokenOf(instance, context),
);

/**
 * Injects the token that a guard verified for this handler. It protects nothing itself: on a route that no `OidcGuard`
 * protects it fails at the first request, rather than inject `undefined`.
 *
 * @param options `instance`: the registration whose token is meant; default: the handler's only one
 */
export function CurrentToken(options: { instance?: string } = {}): ParameterDecorator {
  return inject(options.instance);
}

function tokenOf(instance: string | undefined, context: ExecutionContext): IDToken | undefined {
  const plan = routePlanOf(context.getClass(), context.getHandler());
  const granted = RequestState.of(carrierOf(context)).granted(plan);
  if (!granted) {
    throw new Error(
      `@CurrentToken() of ${plan.handler} finds no token, because no OidcGuard protects the route: add @UseGuards(OidcGuard), or use @Required().`,
    );
  }
  const [only] = plan.wants.length === 1 ? plan.wants : [];
  const name = instance ?? only?.instance ?? plan.instance;
  if (granted.size > 0 && !granted.has(name)) {
    throw new Error(
      `@CurrentToken() of ${plan.handler} wants the token of ${JSON.stringify(name)}, which no guard verified.`,
    );
  }
  return granted.get(name);
}
