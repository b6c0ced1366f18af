/** The claims of a user of the real provider; `sub` is never the name that is typed in at the log-in. */
export type UserClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** Who can log in at the real provider, by log-in name. */
export const users = {
  alice: {
    sub: '7f0c1d5e-alice',
    preferred_username: 'alice.adams',
    given_name: 'Alice',
    family_name: 'Adams',
    name: 'Alice Adams',
    email: 'alice@example.org',
    email_verified: true,
    groups: ['staff'],
    roles: ['reader'],
    realm_access: { roles: ['user'] },
  },
  bob: {
    sub: '2b9e44aa-bob',
    preferred_username: 'bob.brown',
    given_name: 'Bob',
    family_name: 'Brown',
    name: 'Bob Brown',
    email: 'bob@example.org',
    email_verified: true,
    groups: ['staff', 'admins'],
    roles: ['reader', 'writer'],
    realm_access: { roles: ['user', 'admin'] },
  },
  /** Has neither e-mail nor name, as users of Keycloak may. */
  carol: { sub: 'c3d1f0b7-carol', preferred_username: 'carol' },
} satisfies Record<string, UserClaims>;
