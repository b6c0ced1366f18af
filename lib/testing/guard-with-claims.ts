import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { MissingTokenError } from '../errors/index.js';
import {
  countsAsNone,
  refusalOf,
  refuseShortfall,
  RequestState,
  routePlanOf,
  type GrantedTokens,
  type RoutePlan,
} from '../guards/index.js';
import { carrierOf, httpExceptionOf } from '../http/index.js';
import { IDToken, type JsonObject } from '../tokens/index.js';

/**
 * A stand-in for `OidcGuard` in tests: every request is that of a user with these claims, or anonymous without any. What
 * routes require of scopes, claims, audience and issuers is enforced as ever; no provider and no token are needed.
 *
 * @param claims of the user; `iss`, `sub` and `exp` have defaults
 *
 * @example
 * ```ts
 * import { Test } from '@nestjs/testing';
 * import { OidcGuard } from 'nestjs-oidc-auth';
 * import { guardWithClaims } from 'nestjs-oidc-auth/testing';
 *
 * export const asAda = Test.createTestingModule({})
 *   .overrideGuard(OidcGuard)
 *   .useValue(guardWithClaims({ sub: 'ada', scope: 'reports:read' }));
 * ```
 */
export function guardWithClaims(claims?: JsonObject): CanActivate {
  const token = claims && new IDToken({ iss: 'https://issuer.test', sub: 'test', exp: 4_102_444_800, ...claims });
  return {
    canActivate(context: ExecutionContext): boolean {
      const plan = routePlanOf(context.getClass(), context.getHandler());
      if (plan.mode === 'public') return true;
      const state = RequestState.of(carrierOf(context));
      try {
        state.meet(plan, granted(plan, token));
      } catch (thrown) {
        const error = refusalOf(thrown);
        if (!countsAsNone(error, plan)) throw httpExceptionOf(error);
        state.meet(plan, new Map());
      }
      return true;
    },
  };
}

function granted({ mode, wants }: RoutePlan, token: IDToken | undefined): GrantedTokens {
  if (!token) {
    if (mode === 'optional') return new Map();
    throw new MissingTokenError();
  }
  for (const { requirements } of wants) {
    for (const requirement of requirements) refuseShortfall(requirement.shortfall(token));
  }
  return new Map(wants.map(({ instance }) => [instance, token]));
}
