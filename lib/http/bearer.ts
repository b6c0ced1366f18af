import { InvalidRequestError, InvalidTokenError } from '../errors/index.js';
import { rawRequest, type HttpRequest } from './carrier.js';

/** The scheme ends where no more character of a name follows (RFC 9110, section 5.6.2). */
const BEARER_SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i;
const AUTHORIZATION = 'authorization';
const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * The request's bearer token (RFC 6750, section 2.1), if it has one; credentials of another scheme are none.
 *
 * @throws {@link InvalidTokenError} `authorization_malformed`
 * @throws {@link InvalidRequestError} `authorization_repeated`
 */
export function bearerOf(request: HttpRequest): string | undefined {
  const { headers, rawHeaders } = rawRequest(request);
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  if (isRepeated(rawHeaders)) {
    throw new InvalidRequestError('authorization_repeated', 'The request has several Authorization headers: send one.');
  }
  if (!BEARER_SCHEME.test(authorization)) return undefined;
  const token = BEARER.exec(authorization)?.[1];
  if (token !== undefined) return token;
  throw new InvalidTokenError(
    'authorization_malformed',
    'The Authorization header has to be: Bearer, one space, the token.',
  );
}

/**
 * What stands in the place of the token in a header of the usual spelling, whether or not a token can look so; nothing, where
 * it takes {@link bearerOf} to say.
 */
export function plainBearerOf(request: HttpRequest): string | undefined {
  const { headers, rawHeaders } = rawRequest(request);
  const { authorization } = headers;
  return authorization?.startsWith('Bearer ') && !isRepeated(rawHeaders) ? authorization.slice(7) : undefined;
}

/** What {@link bearerOf} has against a request, if anything. */
export function bearerFaultOf(request: HttpRequest): unknown {
  try {
    bearerOf(request);
    return undefined;
  } catch (fault) {
    return fault;
  }
}

/** Node keeps the first of two Authorization headers and hides the other. */
function isRepeated(rawHeaders: readonly string[] = []): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) count += 1;
  }
  return count > 1;
}
