import type { RouteRequirements } from '../guards/index.js';
import { tokenParameter } from './token-parameter.js';

/**
 * Injects the verified token into a handler's parameter and thereby protects the route: without a good token, or without
 * what `requirements` want of it, nobody gets in. Requirements on class, method and parameter add up.
 *
 * @param requirements scopes, claims, audience, issuers; default: none beyond a genuine token
 * @throws at the request: 401 `invalid_token`, 403 `insufficient_scope` (RFC 6750, section 3.1), 503 while the provider
 *   cannot be reached
 *
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 * import { IDToken, Required } from 'nestjs-oidc-auth';
 *
 * @Controller()
 * export class AdminController {
 *   @Get('admin')
 *   admin(@Required({ scopes: 'admin', claims: { 'realm_access.roles': ['admin'] } }) token: IDToken) {
 *     return { sub: token.sub };
 *   }
 * }
 * ```
 */
export function Required(requirements: RouteRequirements = {}): ParameterDecorator {
  return tokenParameter('required', requirements, 'refuse');
}
