import { UseGuards } from '@nestjs/common';
import { addRequirements, OidcGuard, type RouteRequirements } from '../guards/index.js';

/**
 * Requirements for a whole class or method, guard included. They add to what methods and parameters require.
 *
 * @see RFC 6750, section 3.1 for the answers
 *
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 * import { CurrentToken, IDToken, Requires } from 'nestjs-oidc-auth';
 *
 * @Requires({ scopes: 'reports:read' })
 * @Controller('reports')
 * export class ReportsController {
 *   @Get()
 *   list(@CurrentToken() token: IDToken) {
 *     return { for: token.sub };
 *   }
 * }
 * ```
 */
export function Requires(requirements: RouteRequirements): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    addRequirements(requirements, target, key);
    if (key !== undefined && descriptor) UseGuards(OidcGuard)(target, key, descriptor);
    else UseGuards(OidcGuard)(target as never);
  };
}
