/**
 * The value at a claim path: `realm_access.roles` is `roles` within `realm_access`. Names with dots of their own
 * (`https://app.example.org/roles`) are honoured: the longest name that is there wins.
 */
export function claimAt(claims: object, path: string): unknown {
  if (Object.hasOwn(claims, path)) return (claims as Record<string, unknown>)[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const name = path.slice(0, dot);
    const inner: unknown = Object.hasOwn(claims, name) ? (claims as Record<string, unknown>)[name] : undefined;
    if (typeof inner !== 'object' || inner === null) continue;
    const found = claimAt(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The names that a token can have a claim under which is looked for at a path: `realm_access.roles` and `realm_access`.
 */
export function topLevelNames(path: string): string[] {
  const dots = [...path.matchAll(/\./g)].map(({ index }) => index).filter((dot) => dot > 0);
  return [path, ...dots.reverse().map((dot) => path.slice(0, dot))];
}
