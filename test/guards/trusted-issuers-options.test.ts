import { Controller, Get, type Type } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, OidcAuthModule, Required, type IDToken, type OidcAuthOptions } from 'nestjs-oidc-auth';
import { bootApp } from '../support/apps.js';

/** What stops the boot with these trusted issuers; nothing if it boots. */
async function problemsOf(trustedIssuers: unknown, options: object = {}, controllers: Type[] = []) {
  const given = {
    clientId: 'my-client',
    clientSecret: 'hunter2-hunter2-hunter2-hunter2-hunter2',
    discoveryUrl: 'https://idp.example.org/realms/demo',
    baseUrl: 'https://app.example.org/api',
    broker: { store: 'memory:', audience: 'own-api', trustedIssuers },
    ...options,
  } as OidcAuthOptions;
  try {
    const app = await bootApp('express', { imports: [OidcAuthModule.forRoot(given)], controllers });
    await app.close();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems;
  }
}

const issuer = 'https://other.example.org';
const at = String.raw`^broker\.trustedIssuers\[0\]\.`;

describe('trusted issuers', () => {
  it.each<[name: string, trusted: unknown[]]>([
    ['none', []],
    ['issuers alone', [issuer, 'https://third.example.org/path', 'https://third.example.org/path/']],
    ['instances on this machine', ['http://localhost:3000', 'http://127.0.0.1:3001/api', 'http://[::1]:3002']],
    ['all that can be said', [all()]],
    ['no claims', [{ issuer, claims: [] }]],
    ['claims that every peer may assert anyway', [{ issuer, claims: ['email', 'roles'] }]],
  ])('can be %s', async (_, trusted) => {
    expect(await problemsOf(trusted)).toEqual([]);
  });

  it.each<[problem: string, trusted: unknown, sentence: RegExp]>([
    ['no list', issuer, /^broker\.trustedIssuers: expected a list such as \['https:.*'\], got "https:/],
    ['an entry that is a number', [7], new RegExp(`${at.slice(0, -2)}: expected an issuer such as .*, got 7\\.$`)],
    [
      'an entry that is nothing',
      [undefined],
      new RegExp(`${at.slice(0, -2)}: expected an issuer such as .*, got nothing\\.$`),
    ],
    ['an entry that is a list', [[issuer]], new RegExp(`${at.slice(0, -2)}: expected an issuer such as .*, got `)],
    [
      'a name that does not exist',
      [{ issuer, jwks_uri: 'x' }],
      new RegExp(`${at}jwks_uri: there is no such option, only`),
    ],
    ['no issuer', [{ claims: ['roles'] }], new RegExp(`${at}issuer: is missing`)],
    ['an empty issuer', [''], new RegExp(`${at}issuer: expected a string that is not empty`)],
    ['an issuer that is no URL', ['other.example.org'], new RegExp(`${at}issuer: expected a URL with https`)],
    ['an issuer on plain http', ['http://other.example.org'], new RegExp(`${at}issuer: expected a URL with https`)],
    [
      'an issuer with a query',
      [`${issuer}?a=b`],
      new RegExp(`${at}issuer: expected a URL with https and without query`),
    ],
    ['an issuer with a fragment', [`${issuer}#a`], new RegExp(`${at}issuer: expected a URL with https`)],
    ['an issuer with a user', ['https://me:hunter2@other.example.org'], new RegExp(`${at}issuer: expected a URL`)],
    ['ourselves', ['https://app.example.org/api'], new RegExp(`${at}issuer: .* is this instance itself`)],
    ['ourselves with a slash', ['https://app.example.org/api/'], new RegExp(`${at}issuer: .* is this instance itself`)],
    ['the provider', ['https://idp.example.org/realms/demo'], new RegExp(`${at}issuer: .* is the identity provider`)],
    [
      'a slash after the provider',
      [{ issuer: 'https://idp.example.org/realms/demo/' }],
      new RegExp(`${at}issuer: .* is the identity provider`),
    ],
    ['the same twice', [issuer, { issuer }], /^broker\.trustedIssuers\[1\]\.issuer: .* is there already\.$/],
    [
      'keys on plain http',
      [{ issuer, jwksUri: 'http://other.example.org/k' }],
      new RegExp(`${at}jwksUri: expected a URL with https`),
    ],
    ['keys at no URL', [{ issuer, jwksUri: '/keys' }], new RegExp(`${at}jwksUri: expected a URL with https`)],
    ['an empty audience', [{ issuer, audience: [] }], new RegExp(`${at}audience: expected a string or a list`)],
    [
      'a symmetric algorithm',
      [{ issuer, algorithms: ['HS256'] }],
      new RegExp(`${at}algorithms: "HS256" cannot be accepted`),
    ],
    ['no algorithms', [{ issuer, algorithms: [] }], new RegExp(`${at}algorithms: expected a string or a list`)],
    ['sessions', [{ issuer, claims: ['sid'] }], new RegExp(`${at}claims: a peer has no sessions here`)],
    [
      'a claim that is misspelt',
      [{ issuer, claims: ['scopes'] }],
      new RegExp(`${at}claims: scopes are in the claim 'scope'`),
    ],
    ['claims that are no names', [{ issuer, claims: [1] }], new RegExp(`${at}claims: expected a string or a list`)],
    ['a policy that is none', [{ issuer, exchange: true }], new RegExp(`${at}exchange: expected a function, got true`)],
  ])('cannot have %s', async (_, trusted, sentence) => {
    const problems = await problemsOf(trusted);
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('cannot be what provider tokens say, either', async () => {
    const options = { tokenIssuers: ['https://sts.example.org/tenant/'] };
    expect(await problemsOf(['https://sts.example.org/tenant'], options)).toEqual([
      expect.stringMatching(/is the identity provider/),
    ]);
  });

  it('may carry claims that our own tokens do not, and routes may require them', async () => {
    @Controller()
    class StaffController {
      @Get('staff')
      staff(@Required({ claims: { department: 'hpc' }, issuers: [issuer] }) token: IDToken) {
        return token;
      }
    }
    expect(await problemsOf([{ issuer, claims: ['department'] }], {}, [StaffController])).toEqual([]);
    expect(await problemsOf([issuer], {}, [StaffController])).toEqual([
      expect.stringMatching(/requires the claim "department"/),
    ]);
  });
});

function all() {
  return {
    issuer,
    jwksUri: 'https://keys.example.net/other',
    audience: ['own-api', 'shared-api'],
    algorithms: ['RS256', 'PS512'],
    claims: ['roles', 'groups', 'scope'],
    exchange: () => false,
  };
}
