import type { JsonObject } from './jws.js';

/**
 * All roles of a token in one list: `roles`, `groups`, `realm_access.roles`, and `resource_access` of the given clients
 * only, since another client's `admin` is not ours. What is no string is passed over.
 */
export function flattenRoles(claims: JsonObject, clients: readonly string[]): string[] {
  const sources = [
    claims.roles,
    claims.groups,
    rolesIn(claims.realm_access),
    ...clients.map((client) => rolesIn(own(claims.resource_access, client))),
  ];
  return [...new Set(sources.flatMap(strings))];
}

function rolesIn(access: unknown): unknown {
  return own(access, 'roles');
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as JsonObject)[key];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
