import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkPostLogoutTarget, redirectTarget } from '../../../lib/provider/redirect-targets.js';
import { loginSettings } from './settings.js';

const callback = 'https://app.example.org/api/auth/v2/callback';
const listed = 'https://spa.example.org/done';
const native = 'com.example.app:/callback';
const settings = loginSettings({ redirectUris: [listed, native], postLogoutRedirectUris: [listed] });
const notAllowed = expect.objectContaining({ status: 400, reason: 'redirect_uri_not_allowed' });

describe('a redirect target', () => {
  it.each([
    [callback, 'own'],
    [listed, 'listed'],
    [native, 'listed'],
    ['http://localhost:53100/callback', 'loopback'],
    ['http://127.0.0.1/', 'loopback'],
    ['http://[::1]:8080/a/b', 'loopback'],
  ])('may be %s: %s', (uri, kind) => {
    expect(redirectTarget(uri, settings)).toEqual({ uri, kind });
  });

  it.each([
    '',
    'nonsense',
    '/relative',
    '//evil.example.org/',
    'https://evil.example.org/',
    `${listed}/`,
    `${listed}?a=b`,
    `${listed}#a`,
    `${listed}/../done`,
    'https://SPA.example.org/done',
    'https://spa.example.org:443/done',
    'https://spa.example.org@evil.example.org/done',
    'https://spa.example.org.evil.example.org/done',
    ` ${listed}`,
    `${listed}\r\n`,
    'javascript:alert(1)',
    'data:text/html,x',
    'com.example.app:/other',
    'https://localhost/callback',
    'http://localhost:53100',
    'http://localhost:53100/callback?a=b',
    'http://user@localhost:53100/callback',
    'http://localhost:80@evil.example.org/',
    'http://localhost.evil.example.org/',
    'http://127.0.0.1.evil.example.org/',
    'http://127.1/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://[::ffff:127.0.0.1]/',
    'http://localhost\\@evil.example.org/',
    'http://loc%61lhost/',
    'http:localhost/',
    `${callback}/`,
  ])('may not be %j', (uri) => {
    expect(() => redirectTarget(uri, settings)).toThrow(notAllowed);
  });

  it('may not be on loopback, if that is switched off, unless it is listed', () => {
    const uri = 'http://localhost:4200/callback';
    const strict = loginSettings({ loopback: false, redirectUris: [uri] });
    expect(redirectTarget(uri, strict)).toEqual({ uri, kind: 'listed' });
    expect(() => redirectTarget('http://localhost:4201/callback', strict)).toThrow(notAllowed);
  });

  it('is never our own callback where nobody knows its URL', () => {
    expect(() => redirectTarget(callback, loginSettings({ callbackUrl: undefined }))).toThrow(notAllowed);
  });

  it('reads the same to everybody, if it may be one', () => {
    const host = fc.constantFrom('localhost', '127.0.0.1', '[::1]', 'LOCALHOST', 'spa.example.org', 'evil.example.org');
    const text = fc.string({
      maxLength: 6,
      unit: fc.constantFrom('/', '\\', '@', ':', '?', '#', '%', '.', 'a', '1', ' '),
    });
    const uri = fc
      .tuple(fc.constantFrom('http://', 'https://', 'http:', '//'), text, host, text)
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(uri, (one) => {
        try {
          redirectTarget(one, settings);
        } catch (error) {
          expect(error).toEqual(notAllowed);
          return;
        }
        const { href, protocol, hostname, username, search, hash } = new URL(one);
        expect(href).toBe(one);
        expect({ protocol, username, search, hash }).toEqual({ protocol: 'http:', username: '', search: '', hash: '' });
        expect(['localhost', '127.0.0.1', '[::1]']).toContain(hostname);
      }),
      { numRuns: 2_000 },
    );
  });

  it('that is refused is answered with what would do, and not with what came', () => {
    const refuse = (login: typeof settings) => () => redirectTarget('https://evil.example.org/', login);
    expect(refuse(settings)).toThrow(new RegExp(`has to be ${callback}, .*redirectUris.*loopback`));
    expect(refuse(settings)).not.toThrow(/evil/);
    expect(refuse(loginSettings({ callbackUrl: undefined, loopback: false }))).not.toThrow(/undefined|loopback/);
  });
});

describe('a target after log-out', () => {
  it.each([listed, 'http://localhost:4200/', 'http://[::1]/bye'])('may be %s', (uri) => {
    expect(() => checkPostLogoutTarget(uri, settings)).not.toThrow();
  });

  it.each([callback, native, `${listed}/`, 'https://evil.example.org/', 'http://localhost:4200/?a=b', ''])(
    'may not be %j',
    (uri) => {
      expect(() => checkPostLogoutTarget(uri, settings)).toThrow(notAllowed);
    },
  );

  it('may be an entry with a query', () => {
    const uri = 'https://spa.example.org/?bye=1';
    expect(() => checkPostLogoutTarget(uri, loginSettings({ postLogoutRedirectUris: [uri] }))).not.toThrow();
  });
});
