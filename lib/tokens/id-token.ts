import type { JsonObject } from './jws.js';
import { flattenRoles } from './roles.js';

/** The claims that this package knows by name; a provider may leave out any but `iss`, `sub` and `exp`. */
export interface StandardClaims {
  /** Issuer. */
  iss: string;
  /** Subject: who the token speaks of, unique within the issuer. */
  sub: string;
  /** Audience. */
  aud?: string | string[];
  /** Expiry, in seconds since 1970. */
  exp: number;
  /** Not before, in seconds since 1970. */
  nbf?: number;
  /** Time of issue, in seconds since 1970. */
  iat?: number;
  /** Id of this token. */
  jti?: string;
  /** Authorized party: the client to which the token was issued. */
  azp?: string;
  /** The client to which the token was issued (RFC 9068). */
  client_id?: string;
  /** The provider's session. */
  sid?: string;
  /** Granted scopes, space-separated. */
  scope?: string;
  /** User name; not unique, may change, and is no key to anything. */
  preferred_username?: string;
  email?: string;
  email_verified?: boolean;
  name?: string;
  given_name?: string;
  family_name?: string;
  groups?: string[];
  realm_access?: { roles?: string[] };
  resource_access?: Record<string, { roles?: string[] }>;
  /** The union of `roles`, `groups`, `realm_access.roles` and `resource_access` of our own client id and audience. */
  roles: string[];
}

/**
 * A verified token. Claims that the interface does not name are there too: `IDToken<{ tenant: string }>` types them.
 * It is frozen to its depths, because the same object may serve several requests.
 */
export type IDToken<Claims extends object = object> = Readonly<StandardClaims & Claims>;

class VerifiedToken {
  /**
   * @param claims the payload
   * @param clients whose `resource_access` roles count
   * @param roles where roles are; what is no string is passed over. Default: wherever providers have them
   */
  constructor(claims: JsonObject, clients: readonly string[] = [], roles?: readonly unknown[]) {
    const token = this as Record<string, unknown>;
    for (const name of Object.keys(claims)) if (name !== '__proto__') token[name] = claims[name];
    token.roles = flattenRoles(roles ? { roles } : claims, clients);
    freezeDeeply(token);
  }
}

/**
 * The class value beside the type, so that decorated parameters of this type compile under `isolatedModules`, too.
 * In a test, `new IDToken({ iss, sub, exp, … })` makes a token by hand.
 */
export const IDToken = VerifiedToken as unknown as new (
  claims: JsonObject,
  clients?: readonly string[],
  roles?: readonly unknown[],
) => IDToken;

/** Without recursion, because JSON nests as deeply as somebody likes. */
function freezeDeeply(root: object): void {
  const seen = new Set<object>([root]);
  for (const value of seen) {
    Object.freeze(value);
    for (const inner of Object.values(value) as unknown[]) {
      if (typeof inner === 'object' && inner !== null) seen.add(inner);
    }
  }
}
