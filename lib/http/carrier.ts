import type { ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';

/** What Express and Fastify requests have in common, as far as this package looks. */
export type HttpRequest = object & { body?: unknown };

/**
 * The request that carries the token of this execution context.
 *
 * @throws {@link Error} in any context but HTTP: what cannot be looked at is not let in
 */
export function carrierOf(context: ExecutionContext): HttpRequest {
  const type: string = context.getType();
  // switchToHttp() makes an object anew for every request
  if (type === 'http') return context.getArgByIndex<HttpRequest>(0);
  throw new Error(
    `nestjs-oidc-auth protects HTTP handlers, and ${context.getClass().name}.${context.getHandler().name} is of type ${type}: ` +
      'protect it otherwise, and mark it @Public() where OidcGuard is global.',
  );
}

/** Node's own request beneath the framework's. */
export function rawRequest(request: HttpRequest): IncomingMessage {
  const { raw } = request as { raw?: IncomingMessage };
  return raw ?? (request as IncomingMessage);
}
