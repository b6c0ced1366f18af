import type { AbstractHttpAdapter } from '@nestjs/core';
import { InvalidRequestError, type OidcAuthError } from '../errors/index.js';
import type { HttpRequest } from './carrier.js';
import { Exchange } from './exchange.js';
import { formTooLarge, MOST_FORM_BYTES } from './form.js';

/** Which request paths are endpoints of ours. */
export type IsOurs = (path: string) => boolean;
/** Told of each refusal made here, because no handler and no filter sees these requests. */
export type Told = (error: OidcAuthError, path: string) => void;

interface ParserError {
  status?: number;
  statusCode?: number;
  /** body-parser's name for what is wrong. */
  type?: string;
  /** Fastify's. */
  code?: string;
}

interface FastifyRoute {
  url: string;
  bodyLimit?: number;
  errorHandler?: (error: ParserError, request: HttpRequest, reply: unknown) => void;
}

/**
 * On Fastify a body is parsed before a handler is there to refuse it: our routes get an error handler and a size limit as
 * they are added. Call it before routes are.
 */
export function answerFastifyBodyErrors(adapter: AbstractHttpAdapter, isOurs: IsOurs, told: Told): void {
  const instance = adapter.getInstance<{ addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void }>();
  instance.addHook('onRoute', (route) => {
    if (!isOurs(route.url)) return;
    route.bodyLimit = MOST_FORM_BYTES;
    route.errorHandler = (error, request, reply) => {
      answer(new Exchange(adapter, request, reply), refusal(error), told);
    };
  });
}

/** On Express parsers are middleware: theirs are the errors that reach this one. Call it once routes are there. */
export function answerExpressBodyErrors(adapter: AbstractHttpAdapter, isOurs: IsOurs, told: Told): void {
  const use = adapter.use.bind(adapter) as (
    middleware: (error: ParserError, request: HttpRequest, response: unknown, next: (error: unknown) => void) => void,
  ) => void;
  use((error, request, response, next) => {
    const exchange = new Exchange(adapter, request, response);
    const status = error.status ?? error.statusCode ?? 500;
    if (typeof error.type === 'string' && status < 500 && isOurs(exchange.path)) answer(exchange, refusal(error), told);
    else next(error);
  });
}

function answer(exchange: Exchange, error: OidcAuthError, told: Told): void {
  told(error, exchange.path);
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
