import { HttpException } from '@nestjs/common';
import type { OidcAuthError } from '../errors/index.js';

/** A refusal on a route of the application: Nest's own kind of exception, so that the application's filters know it. */
export function httpExceptionOf(error: OidcAuthError): HttpException {
  return new HttpException(error.toBody(), error.status, { cause: error });
}
