import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { userInfoFrom } from '../../../lib/provider/user-info.js';

describe('a profile', () => {
  it.each<[string, object, object]>([
    [
      'Keycloak',
      { preferred_username: 'ada', given_name: 'Ada', family_name: 'Lovelace', name: 'Ada Lovelace', email: 'a@b.org' },
      { username: 'ada', first_name: 'Ada', last_name: 'Lovelace', pw_name: 'ada', email: 'a@b.org' },
    ],
    [
      'LDAP',
      { uid: 'ada', 'given-name': 'Ada', surname: 'Lovelace', mail: 'a@b.org', email: 'other@b.org' },
      { username: 'ada', first_name: 'Ada', last_name: 'Lovelace', pw_name: 'ada', email: 'a@b.org' },
    ],
    [
      'one with nothing but a name',
      { username: 'ada', name: 'Ada King Lovelace' },
      { username: 'ada', first_name: '', last_name: 'Lovelace', pw_name: 'ada', email: '' },
    ],
    [
      'one with several names',
      { user_name: 'ada', first_name: 'Augusta Ada', last_name: 'King Lovelace' },
      { username: 'ada', first_name: 'Augusta', last_name: 'Lovelace', pw_name: 'ada', email: '' },
    ],
    [
      'one with a user name alone',
      { username: 'ada' },
      { username: 'ada', first_name: '', last_name: '', pw_name: 'ada', email: '' },
    ],
    [
      'one whose first choice is empty',
      { preferred_username: '', uid: 'ada', mail: '', email: 'a@b.org' },
      { username: 'ada', first_name: '', last_name: '', pw_name: 'ada', email: 'a@b.org' },
    ],
    [
      'one that writes names in capitals',
      { Preferred_Username: 'ada', MAIL: 'a@b.org' },
      { username: 'ada', first_name: '', last_name: '', pw_name: 'ada', email: 'a@b.org' },
    ],
  ])('is read from claims of %s', (_, claims, info) => {
    expect(userInfoFrom(claims)).toEqual(info);
  });

  it.each([{}, { sub: 'ada' }, { email: 'a@b.org', name: 'Ada' }, { username: '' }, { username: null }, { uid: {} }])(
    'is none without user name: %j',
    (claims) => {
      expect(userInfoFrom(claims)).toBeUndefined();
    },
  );

  it('is made of text, whatever the claims', () => {
    const claim = fc.constantFrom('username', 'email', 'name', 'given_name', '__proto__', 'constructor');
    fc.assert(
      fc.property(fc.dictionary(claim, fc.jsonValue()), (claims) => {
        for (const value of Object.values(userInfoFrom(claims) ?? {})) expect(typeof value).toBe('string');
      }),
    );
  });

  it('is the one that the Python family reads from flat claims', () => {
    const names = Object.values(SOURCES).flatMap((all) => all.flatMap((name) => [name, name.replaceAll('-', '_')]));
    const text = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'B', 'é', ' ', '-') });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), (claims) => {
        expect(userInfoFrom(claims) ?? {}).toEqual(asInPython(claims));
      }),
      { numRuns: 2_000 },
    );
  });
});

const SOURCES = {
  email: ['mail', 'email'],
  username: ['preferred-username', 'user-name', 'uid', 'username'],
  last_name: ['last-name', 'family-name', 'name', 'surname'],
  first_name: ['first-name', 'given-name'],
};

/** `get_userinfo` of py-oidc-auth 2604.3.0, whose schema wants a user name. */
function asInPython(claims: Record<string, string>): object {
  const first = (entries: string[]) =>
    entries.map((entry) => claims[entry] || claims[entry.replaceAll('-', '_')]).find(Boolean) ?? '';
  const username = first(SOURCES.username);
  const name = `${first(SOURCES.first_name)} ${first(SOURCES.last_name)}`;
  if (username === '') return {};
  return {
    first_name: name.slice(0, name.indexOf(' ')),
    last_name: name.slice(name.lastIndexOf(' ') + 1),
    email: first(SOURCES.email),
    username,
    pw_name: username,
  };
}
