import type { JsonObject } from './jws.js';

/**
 * All roles of a token in one list: `roles`, `groups`, `realm_access.roles`, and `resource_access` of the given clients
 * only, since another client's `admin` is not ours. What is no string is passed over.
 */
export function flattenRoles(claims: JsonObject, clients: readonly string[]): string[] {
  const roles = new Set<string>();
  collect(claims.roles, roles);
  collect(claims.groups, roles);
  collect(rolesIn(claims.realm_access), roles);
  for (const client of clients) collect(rolesIn(own(claims.resource_access, client)), roles);
  return [...roles];
}

function rolesIn(access: unknown): unknown {
  return own(access, 'roles');
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as JsonObject)[key];
}

function collect(listed: unknown, roles: Set<string>): void {
  if (!Array.isArray(listed)) return;
  for (const entry of listed as unknown[]) if (typeof entry === 'string') roles.add(entry);
}
