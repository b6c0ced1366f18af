import { markPublic } from '../guards/index.js';

/**
 * Opens a class or method to everybody where `OidcGuard` is global or on the class. Anything that requires a token
 * (`@Required`, `@Requires`, `@Optional`) is stricter, and wins.
 */
export function Public(): ClassDecorator & MethodDecorator {
  return (target: object, key?: string | symbol) => {
    markPublic(target, key);
  };
}
