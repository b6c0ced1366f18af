import { InvalidRequestError } from '../errors/index.js';
import { flattenRoles, lacksGroups, type JsonObject } from '../tokens/index.js';
import { copiedClaim } from './copied-claim.js';
import type { BrokerSettings } from './broker.settings.js';
import type { Description } from './identity-provider.js';

type UserSettings = Pick<BrokerSettings, 'claims' | 'clients' | 'roles'>;

const OWN_NAMES = ['iss', 'aud', 'sub', 'client_id', 'scope', 'jti', 'sid', 'iat', 'nbf', 'exp', 'roles', 'hasgroups'];

/**
 * What our tokens say of a user: identity from the ID token and, what that leaves out, from userinfo; roles and the
 * claims that requirements look at from wherever the provider has them.
 *
 * @param login the proven claims of the ID token
 */
export function userClaims(
  login: JsonObject,
  { accessToken, userinfo }: Description,
  settings: UserSettings,
): JsonObject {
  const named = [login, userinfo ?? {}];
  const rights = [accessToken ?? {}, userinfo ?? {}, login];
  const email = text(first(named, 'email'));
  return withoutAbsent({
    ...Object.fromEntries(copied(settings).map((name) => [name, copiedClaim(name, first(rights, name))])),
    preferred_username: text(first(named, 'preferred_username')),
    email,
    email_verified: email === undefined ? undefined : verified(named, email),
    hasgroups: rights.every((claims) => claims.groups === undefined) && rights.some(lacksGroups) ? true : undefined,
    roles: [...new Set(rights.flatMap((claims) => flattenRoles(claims, clientsOf(claims, settings))))],
  });
}

/** `sub` of our tokens, as the option `broker.subject` has it. */
export function subjectOf(login: JsonObject, user: JsonObject, { subject }: Pick<BrokerSettings, 'subject'>): string {
  const value = subject === 'sub' ? login.sub : user.preferred_username;
  if (typeof value === 'string' && value !== '') return value;
  throw new InvalidRequestError(
    'username_unknown',
    'The provider does not say what the user is called, and tokens are issued by user name here (option broker.subject).',
  );
}

/** Names of the claims that tokens for this registration can carry. */
export function carriedClaims(settings: UserSettings): readonly string[] {
  return [...OWN_NAMES, 'preferred_username', 'email', 'email_verified', ...copied(settings)];
}

/** The same, for tokens of ours and of the issuers that we trust. */
export function claimsThatMayCome(settings: UserSettings & Pick<BrokerSettings, 'peers'>): readonly string[] {
  return [...carriedClaims(settings), ...settings.peers.trusted.flatMap(({ claims }) => claims)];
}

/** What names our token, its session or its rights is ours to say, whatever the provider calls so. */
function copied({ claims }: UserSettings): string[] {
  return claims.filter((name) => !OWN_NAMES.includes(name) && name !== '__proto__');
}

/** Another client's `admin` is not ours, unless the option says so. */
function clientsOf({ resource_access }: JsonObject, { roles, clients }: UserSettings): readonly string[] {
  if (roles === 'own') return clients;
  return typeof resource_access === 'object' && resource_access !== null ? Object.keys(resource_access) : [];
}

/** That an address is verified is believed of whoever gave the address. */
function verified(sources: readonly JsonObject[], email: string): boolean {
  return sources.find((claims) => claims.email === email)?.email_verified === true;
}

function first(sources: readonly JsonObject[], name: string): unknown {
  return sources
    .map((claims) => (Object.hasOwn(claims, name) ? claims[name] : undefined))
    .find((value) => value !== undefined);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function withoutAbsent(claims: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
