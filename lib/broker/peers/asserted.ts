import { IDToken, type JsonObject } from '../../tokens/index.js';

/** What makes a token a token, beside who it speaks of. */
const REGISTERED = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat'];

/** Who the user is, according to a peer. What is of another type than it should be is left out. */
export function identityFrom({ preferred_username, email, email_verified }: JsonObject): JsonObject {
  return {
    ...(typeof preferred_username === 'string' && { preferred_username }),
    ...(typeof email === 'string' && { email, email_verified: email_verified === true }),
  };
}

/**
 * A peer's token, cut down to what the peer may assert. Nothing in it is a session of ours, and it has no roles but those
 * that it may name.
 *
 * @param names the claims that it may assert beyond who the user is
 */
export function assertedToken(claims: JsonObject, names: readonly string[]): IDToken {
  const admitted = Object.fromEntries(
    [...REGISTERED, ...names].filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]),
  );
  const roles = names.includes('roles') ? claims.roles : undefined;
  const { jti } = claims;
  return new IDToken(
    { ...admitted, ...(typeof jti === 'string' && { jti }), ...identityFrom(claims) },
    [],
    Array.isArray(roles) ? roles : [],
  );
}
