import type { JsonObject } from './jws.js';
import { mentionsScopes } from './scopes.js';
import { TokenRejection } from './token-rejection.js';

/** Whose access tokens they are: what tells them from everything else that is signed with the same keys. */
export interface AccessTokenKind {
  /** @throws {@link TokenRejection} */
  checkHeader(header: JsonObject): void;
  /**
   * @param forClientItself whether nothing says that it is for anybody but the client itself, for whom ID tokens are
   * @throws {@link TokenRejection}
   */
  checkClaims(claims: JsonObject, forClientItself: boolean): void;
}

/** Header types of a provider's access tokens (RFC 9068, section 2.1; most say `JWT` or nothing). */
const PROVIDER_TYPES = new Set<unknown>([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);
/** Claims that only ID tokens and logout tokens have. */
const FOREIGN_CLAIMS = ['events', 'at_hash', 'c_hash', 's_hash'];

/** Providers sign ID tokens with the same keys and often the same header type, so the payload decides what a token is. */
export const PROVIDER_TOKENS: AccessTokenKind = {
  checkHeader({ typ }) {
    if (!PROVIDER_TYPES.has(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw new TokenRejection('token_type');
  },
  checkClaims(claims, forClientItself) {
    if (isForeign(claims) || (forClientItself && !mentionsScopes(claims)))
      throw new TokenRejection('not_an_access_token');
  },
};

/** Whether it is an ID token, a logout token, or says itself that it is something else. */
function isForeign(claims: JsonObject): boolean {
  const { typ } = claims;
  const bearer = typ === 'Bearer';
  return (
    (typeof typ === 'string' && !bearer) ||
    FOREIGN_CLAIMS.some((name) => claims[name] !== undefined) ||
    (claims.nonce !== undefined && !bearer)
  );
}

/** Header types of the family's access tokens. */
const PEER_TYPES: readonly unknown[] = ['at+jwt', 'JWT'];

/** A peer's access tokens: RFC 9068's type, or the one of the Python family. */
export const PEER_TOKENS: AccessTokenKind = {
  checkHeader({ typ }) {
    if (!PEER_TYPES.includes(typ)) throw new TokenRejection('token_type');
  },
  checkClaims(claims) {
    if (isForeign(claims)) throw new TokenRejection('not_an_access_token');
  },
};

/** Our own keys sign access tokens and nothing else: RFC 9068, sections 2.1 and 2.2. */
export const OWN_TOKENS: AccessTokenKind = {
  checkHeader({ typ }) {
    if (typ !== 'at+jwt') throw new TokenRejection('token_type');
  },
  checkClaims({ client_id }) {
    if (typeof client_id !== 'string' || client_id === '') throw new TokenRejection('claim_malformed');
  },
};
