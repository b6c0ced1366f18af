import { describe, expect, test } from '@jest/globals';
import { SessionIndex } from '../../../lib/broker/session-index.js';
import { ENCRYPTION_KEY, EPOCH } from './broker-parts.js';

const NEW_KEY = 'the encryption key that comes after it';
const ISSUER = 'https://idp.example.org';
const IAT = EPOCH / 1000;
const login = { iss: ISSUER, sid: 'session', sub: 'alice', iat: IAT };

const at = (seconds: number, keys = [ENCRYPTION_KEY]) => new SessionIndex(keys, () => EPOCH + seconds * 1000);
const index = at(0);

describe('the keys of a session', () => {
  test('are hashes that tell nothing, and fit into a column', () => {
    const keys = index.keysOf(login);
    expect(Object.values(keys)).toEqual([expect.stringMatching(/^[\w-]{43}$/), expect.stringMatching(/^[\w-]{43}$/)]);
    expect(keys.sidKey).not.toBe(keys.subKey);
  });

  test('are what a logout looks for', () => {
    expect(index.keysFor('sid', ISSUER, 'session')).toEqual([index.keysOf(login).sidKey]);
    expect(index.keysFor('sub', ISSUER, 'alice')).toEqual([index.keysOf(login).subKey]);
  });

  test('have none for a provider session where the provider names none', () => {
    expect(index.keysOf({ iss: ISSUER, sub: 'alice' })).toEqual({ sidKey: '', subKey: index.keysOf(login).subKey });
  });

  test.each<[string, string[]]>([
    ['provider', index.keysFor('sub', 'https://other.example.org', 'alice')],
    ['kind', index.keysFor('sid', ISSUER, 'alice')],
    ['case', index.keysFor('sub', ISSUER, 'Alice')],
    ['encryption key', at(0, [NEW_KEY]).keysFor('sub', ISSUER, 'alice')],
  ])('are others for another %s', (_, keys) => {
    expect(keys).not.toContain(index.keysOf(login).subKey);
  });

  test('are found under every encryption key, and made under the first', () => {
    const both = at(0, [NEW_KEY, ENCRYPTION_KEY]);
    expect(both.keysFor('sub', ISSUER, 'alice')).toEqual([both.keysOf(login).subKey, index.keysOf(login).subKey]);
    expect(both.keysOf(login)).toEqual(at(0, [NEW_KEY]).keysOf(login));
  });
});

describe('the notes of a logout', () => {
  test('of a session meet every log-in of that session', () => {
    const note = index.noteOf('sid', ISSUER, 'session', IAT - 1_000);
    expect(index.notesAbout(login)).toContain(note);
    expect(index.notesAbout({ ...login, sid: 'other' })).not.toContain(note);
  });

  test.each([
    ['before the logout', 0, true],
    ['in the second of the logout', 60, true],
    ['after the logout', 61, false],
  ])('of a user meet a log-in from %s: %s', (_, issued, meant) => {
    const note = index.noteOf('sub', ISSUER, 'alice', IAT + 60);
    expect(
      at(65)
        .notesAbout({ ...login, iat: IAT + issued })
        .includes(note),
    ).toBe(meant);
  });

  test('are met while the provider is up to 30 seconds ahead', () => {
    expect(index.notesAbout(login)).toContain(index.noteOf('sub', ISSUER, 'alice', IAT + 30));
    expect(index.notesAbout(login)).not.toContain(index.noteOf('sub', ISSUER, 'alice', IAT + 31));
  });

  test('are met under every encryption key', () => {
    const notes = at(0, [NEW_KEY, ENCRYPTION_KEY]).notesAbout(login);
    for (const kind of ['sid', 'sub'] as const) {
      const value = kind === 'sid' ? 'session' : 'alice';
      expect(notes).toContain(index.noteOf(kind, ISSUER, value, IAT));
      expect(notes).toContain(at(0, [NEW_KEY]).noteOf(kind, ISSUER, value, IAT));
    }
  });

  test('are as few and as short as a store takes them, however long the log-in took', () => {
    const notes = at(86_400, [NEW_KEY, ENCRYPTION_KEY]).notesAbout(login);
    expect(notes.length).toBeLessThanOrEqual(500);
    expect(Math.max(...notes.map((note) => note.length))).toBeLessThanOrEqual(100);
  });

  test('are none about times that are none', () => {
    const notes = index.notesAbout({ ...login, iat: 'yesterday' });
    expect(notes.every((note) => note.startsWith('sid:'))).toBe(true);
  });
});
