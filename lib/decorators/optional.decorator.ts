import type { RouteRequirements } from '../guards/index.js';
import { tokenParameter } from './token-parameter.js';

/** What `@Optional()` may want of a token that is there. */
export interface OptionalTokenOptions extends RouteRequirements {
  /**
   * What becomes of a token that is there but bad, or lacks what is required: `refuse` answers 401 or 403, `anonymous`
   * treats it like none. A provider that cannot be reached is 503 either way. Default: `refuse`.
   */
  onInvalid?: 'refuse' | 'anonymous';
}

/**
 * Injects the verified token, or `undefined` where the request carries none. Alone it relaxes an `OidcGuard` above it;
 * explicit requirements (`@Requires`, `@Required`) on class, method or another parameter stand.
 *
 * @throws at the request: 401 on a bad token, 403 on one that lacks what is required, 503 while the provider cannot be
 *   reached
 *
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 * import { IDToken, Optional } from 'nestjs-oidc-auth';
 *
 * @Controller()
 * export class FeedController {
 *   @Get('feed')
 *   feed(@Optional() token?: IDToken) {
 *     return { hello: token?.preferred_username ?? 'guest' };
 *   }
 * }
 * ```
 */
export function Optional({ onInvalid = 'refuse', ...requirements }: OptionalTokenOptions = {}): ParameterDecorator {
  return tokenParameter('optional', requirements, onInvalid);
}
