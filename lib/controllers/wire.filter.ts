import {
  Catch,
  HttpException,
  Inject,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InternalError, OidcAuthError } from '../errors/index.js';
import { refusalOf } from '../guards/index.js';
import { Exchange, type HttpRequest } from '../http/index.js';
import { OidcAuth } from './oidc-auth.js';

/** Whatever fails on a standard endpoint is answered in the wire's format, and told like every refusal. */
@Catch()
export abstract class WireFilter implements ExceptionFilter {
  /** The endpoint as events and logs name it. */
  protected abstract readonly endpoint: string;
  readonly #log = new Logger('OidcAuth');

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(OidcAuth) private readonly auth: OidcAuth,
  ) {}

  catch(thrown: unknown, context: ArgumentsHost): void {
    const http = context.switchToHttp();
    const exchange = new Exchange(this.host.httpAdapter, http.getRequest<HttpRequest>(), http.getResponse());
    if (thrown instanceof HttpException && !(thrown.cause instanceof OidcAuthError)) {
      exchange.json(foreignBody(thrown), thrown.getStatus());
      return;
    }
    const error = this.#known(thrown);
    this.auth.events.refused(error, this.auth.name, this.endpoint);
    exchange.json(error.toBody(), error.status, error.headers);
  }

  #known(thrown: unknown): OidcAuthError {
    try {
      return refusalOf(thrown instanceof HttpException ? thrown.cause : thrown);
    } catch {
      this.#log.error('An endpoint failed.', thrown instanceof Error ? thrown.stack : undefined);
      return new InternalError();
    }
  }
}

/** The filter of one endpoint. */
export function wireFilterOf(endpoint: string): Type<WireFilter> {
  @Catch()
  class EndpointFilter extends WireFilter {
    protected readonly endpoint = endpoint;
  }
  return EndpointFilter;
}

/** The refusal of a guard or pipe of the application's own, such as a rate limit. */
function foreignBody(exception: HttpException) {
  const status = exception.getStatus();
  const error =
    status >= 500
      ? 'server_error'
      : status === 401
        ? 'invalid_token'
        : status === 403
          ? 'access_denied'
          : 'invalid_request';
  return { error, error_description: exception.message, detail: exception.message };
}
