/** Who can log in at the local provider. `scopes` are the application's own ones that the provider grants. */
export const users = {
  ada: {
    scopes: ['reports:read'],
    claims: {
      preferred_username: 'ada',
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      email: 'ada@example.org',
      email_verified: true,
      groups: ['admins', 'staff'],
    },
  },
  bob: {
    scopes: [] as string[],
    claims: {
      preferred_username: 'bob',
      name: 'Bob Example',
      given_name: 'Bob',
      family_name: 'Example',
      email: 'bob@example.org',
      email_verified: true,
      groups: ['staff'],
    },
  },
};

export type UserName = keyof typeof users;

export function isUser(name: string | null | undefined): name is UserName {
  return name != null && Object.hasOwn(users, name);
}
