/** A user's profile in the names of the Python family. */
export interface UserInfo {
  username: string;
  first_name: string;
  last_name: string;
  /** The same as `username`. */
  pw_name: string;
  email: string;
}

const SOURCES = {
  email: ['mail', 'email'],
  username: ['preferred-username', 'user-name', 'uid', 'username'],
  lastName: ['last-name', 'family-name', 'name', 'surname'],
  firstName: ['first-name', 'given-name'],
} as const;

/**
 * Reads a profile from claims, whatever the provider calls them: with hyphens or underscores, in any case. Nothing, where
 * no user name is among them.
 */
export function userInfoFrom(claims: object): UserInfo | undefined {
  const flat = new Map(
    Object.entries(claims).map(([name, value]: [string, unknown]) => [name.toLowerCase(), text(value)]),
  );
  const first = (names: readonly string[]) =>
    names.map((name) => flat.get(name) ?? flat.get(name.replaceAll('-', '_'))).find((value) => value !== undefined) ??
    '';
  const username = first(SOURCES.username);
  if (username === '') return undefined;
  // of several names the first and the last word count, as in the Python family
  const words = `${first(SOURCES.firstName)} ${first(SOURCES.lastName)}`.split(' ');
  return {
    username,
    first_name: words.at(0) ?? '',
    last_name: words.at(-1) ?? '',
    pw_name: username,
    email: first(SOURCES.email),
  };
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
