import type { JsonObject } from '../tokens/index.js';

/**
 * A claim of the provider as our tokens carry it: as it came, except where a peer's parser would stumble over the whole token.
 * Groups and roles that are no lists of names are left out, so that they grant nothing.
 */
export function copiedClaim(name: string, value: unknown): unknown {
  switch (name) {
    case 'groups':
      return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : undefined;
    case 'realm_access':
      return isAccess(value) ? value : undefined;
    case 'resource_access':
      return isRecord(value)
        ? Object.fromEntries(Object.entries(value).filter(([, access]) => isAccess(access)))
        : undefined;
    default:
      return value;
  }
}

/** Whether it is what Keycloak writes: an object, whose `roles` are a list of names. */
function isAccess(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { roles } = value;
  return roles === undefined || (Array.isArray(roles) && roles.every((role) => typeof role === 'string'));
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
