import type { AbstractHttpAdapter } from '@nestjs/core';
import { InvalidRequestError, type OidcAuthError } from '../errors/index.js';
import type { HttpRequest } from './carrier.js';
import { Exchange } from './exchange.js';
import { formTooLarge, MOST_FORM_BYTES } from './form.js';

/** Told of each refusal made here, because no handler and no filter sees these requests. */
export type Told = (error: OidcAuthError, path: string) => void;

/** An endpoint of a registration. */
interface Endpoint {
  instance: string;
  /** Its path, without what the application puts before it. */
  path: string;
}

interface ParserError {
  status?: number;
  statusCode?: number;
  /** Fastify's. */
  code?: string;
}

interface FastifyRoute {
  config?: { [ENDPOINT]?: Endpoint };
  bodyLimit?: number;
  errorHandler?: (error: ParserError, request: HttpRequest, reply: unknown) => void;
}

interface ExpressApplication {
  router?: { stack?: { route?: { path: unknown; stack: { handle: object }[] } }[] };
}

const ENDPOINT = Symbol('nestjs-oidc-auth:endpoint');
/** Where Nest's Fastify adapter looks for a route's `config`. */
const FASTIFY_ROUTE_CONFIG = '__fastify_route_config__';
/** The statuses with which parsers refuse a body. */
const REFUSED = [400, 413, 415];

/** Marks a handler as an endpoint of a registration, so that its route can be told from the application's own. */
export function markEndpoint(handler: object, endpoint: Endpoint): void {
  const config = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG, handler) as object | undefined;
  Reflect.defineMetadata(ENDPOINT, endpoint, handler);
  Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG, { ...config, [ENDPOINT]: endpoint }, handler);
}

/**
 * On Fastify a body is parsed before a handler is there to refuse it: our routes get an error handler and a size limit as
 * they are added. Call it before routes are.
 */
export function answerFastifyBodyErrors(adapter: AbstractHttpAdapter, instance: string, told: Told): void {
  const fastify = adapter.getInstance<{ addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void }>();
  fastify.addHook('onRoute', (route) => {
    const endpoint = route.config?.[ENDPOINT];
    if (endpoint?.instance !== instance) return;
    route.bodyLimit = MOST_FORM_BYTES;
    route.errorHandler = (error, request, reply) => {
      answer(new Exchange(adapter, request, reply), refusal(error), told, endpoint.path);
    };
  });
}

/** On Express parsers are middleware: theirs are the errors that reach this one. Call it once routes are there. */
export function answerExpressBodyErrors(adapter: AbstractHttpAdapter, instance: string, told: Told): void {
  const paths = expressPaths(adapter, instance);
  const use = adapter.use.bind(adapter) as (
    middleware: (error: ParserError, request: HttpRequest, response: unknown, next: (error: unknown) => void) => void,
  ) => void;
  use((error, request, response, next) => {
    const exchange = new Exchange(adapter, request, response);
    const path = REFUSED.includes(error.status ?? error.statusCode ?? 500) && paths.get(comparable(exchange.path));
    if (path) answer(exchange, refusal(error), told, path);
    else next(error);
  });
}

/** A registration's endpoints by their full paths, global prefix and version included. */
function expressPaths(adapter: AbstractHttpAdapter, instance: string): Map<string, string> {
  const { router } = adapter.getInstance<ExpressApplication>();
  const paths = new Map<string, string>();
  for (const { route } of router?.stack ?? []) {
    for (const { handle } of route?.stack ?? []) {
      const endpoint = Reflect.getMetadata(ENDPOINT, handle) as Endpoint | undefined;
      if (route && endpoint?.instance === instance) paths.set(comparable(String(route.path)), endpoint.path);
    }
  }
  return paths;
}

/** Express takes paths in any case, with and without a slash at their end. */
function comparable(path: string): string {
  return path.toLowerCase().replace(/\/$/, '');
}

function answer(exchange: Exchange, error: OidcAuthError, told: Told, path: string): void {
  told(error, path);
  exchange.json(error.toBody(), error.status, error.headers);
}

function refusal({ status, statusCode, code }: ParserError): OidcAuthError {
  switch (status ?? statusCode) {
    case 413:
      return formTooLarge();
    case 415:
      return new InvalidRequestError(
        'unsupported_content_type',
        code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
          ? 'Send the parameters as application/x-www-form-urlencoded; the application has to keep its parser for it (bodyParser).'
          : 'Send the parameters as application/x-www-form-urlencoded, in UTF-8 and without compression.',
      );
    default:
      return new InvalidRequestError('malformed_request', 'The body cannot be read.');
  }
}
