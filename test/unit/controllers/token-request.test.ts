import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { tokenRequest } from '../../../lib/controllers/token-request.js';
import { parametersFrom } from '../../../lib/http/index.js';

const read = (fields: Record<string, string>) => tokenRequest(parametersFrom(Object.entries(fields)), false);
const code = { code: 'c', redirect_uri: 'http://localhost/', code_verifier: 'v' };
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const refused = (error: string, reason: string, message: RegExp) =>
  expect.objectContaining({ status: 400, error, reason, message: expect.stringMatching(message) });

const codeRequest = {
  grant: 'authorization_code',
  code: 'c',
  redirectUri: 'http://localhost/',
  codeVerifier: 'v',
  iss: undefined,
};
const refreshRequest = { grant: 'refresh_token', refreshToken: 'r' };
const deviceRequest = { grant: 'device_code', deviceCode: 'd' };

describe('a token request', () => {
  it.each<[Record<string, string>, object]>([
    [{ ...code, grant_type: 'authorization_code' }, codeRequest],
    [code, codeRequest],
    [{ ...code, grant_type: '' }, codeRequest],
    [
      { ...code, iss: 'https://idp.example.org' },
      { ...codeRequest, iss: 'https://idp.example.org' },
    ],
    [{ ...code, 'refresh-token': '', device_code: '' }, codeRequest],
    [{ ...code, client_id: 'theirs', client_secret: 'theirs', scope: 'a' }, codeRequest],
    [{ refresh_token: 'r', grant_type: 'refresh_token' }, refreshRequest],
    [{ refresh_token: 'r' }, refreshRequest],
    [{ 'refresh-token': 'r' }, refreshRequest],
    [{ refresh_token: 'r', 'refresh-token': 'r' }, refreshRequest],
    [{ device_code: 'd', grant_type: deviceGrant }, deviceRequest],
    [{ device_code: 'd' }, deviceRequest],
    [{ 'device-code': 'd' }, deviceRequest],
    [{ 'device-code': 'd', device_code: '' }, deviceRequest],
  ])('%j is read', (fields, request) => {
    expect(read(fields)).toEqual(request);
  });

  it('may have a code, verifier or token of 12,288 characters', () => {
    const long = 'x'.repeat(12_288);
    expect(read({ ...code, code: long, code_verifier: long })).toMatchObject({ code: long, codeVerifier: long });
    expect(read({ refresh_token: long })).toMatchObject({ refreshToken: long });
    for (const name of ['code', 'refresh_token', 'device-code']) {
      const message = new RegExp(`^${name} has to be printable ASCII of at most 12288`);
      expect(() => read({ [name]: `${long}x` })).toThrow(refused('invalid_request', 'invalid_parameter', message));
    }
  });
});

describe('a token request is refused', () => {
  it.each<[string, RegExp, Record<string, string>]>([
    ['missing_parameter', /^Send one of code, refresh_token and device_code\.$/, {}],
    ['missing_parameter', /^Send one of/, { code: '', redirect_uri: 'http://localhost/' }],
    ['missing_parameter', /^code is missing/, { grant_type: 'authorization_code' }],
    ['missing_parameter', /^refresh_token is missing/, { grant_type: 'refresh_token' }],
    ['missing_parameter', /^device_code is missing/, { grant_type: deviceGrant }],
    ['missing_parameter', /^redirect_uri is missing/, { ...code, redirect_uri: '' }],
    ['missing_parameter', /^code_verifier is missing/, { ...code, code_verifier: '' }],
    ['invalid_parameter', /^code has to be/, { ...code, code: 'a\nb' }],
    ['invalid_parameter', /^redirect_uri has to be/, { ...code, redirect_uri: `http://localhost/${'x'.repeat(512)}` }],
    ['invalid_parameter', /^iss has to be/, { ...code, iss: 'ä' }],
    ['invalid_parameter', /^grant_type has to be printable/, { ...code, grant_type: 'x'.repeat(513) }],
    ['contradicting_parameters', /^Send one of/, { ...code, refresh_token: 'r' }],
    ['contradicting_parameters', /^Send one of/, { refresh_token: 'r', device_code: 'd' }],
    ['contradicting_parameters', /^Send one of/, { refresh_token: 'r', grant_type: 'authorization_code' }],
    ['contradicting_parameters', /^Send one of/, { ...code, grant_type: deviceGrant }],
    [
      'contradicting_parameters',
      /^refresh_token and refresh-token are the same parameter/,
      { refresh_token: 'r', 'refresh-token': 's' },
    ],
    ['contradicting_parameters', /^device_code and device-code are the same/, { device_code: 'd', 'device-code': 'e' }],
  ])('with %s (%s) for %j', (reason, message, fields) => {
    expect(() => read(fields)).toThrow(refused('invalid_request', reason, message));
  });

  it.each(['password', 'client_credentials', 'Refresh_Token', 'device_code', 'constructor', '__proto__', 'toString'])(
    'with unsupported_grant_type for grant_type=%s',
    (grant_type) => {
      const unsupported = refused(
        'unsupported_grant_type',
        'unsupported_grant_type',
        /^grant_type has to be one of: auth/,
      );
      const forms: Record<string, string>[] = [{}, code, { refresh_token: 'r' }];
      for (const fields of forms) {
        expect(() => read({ ...fields, grant_type })).toThrow(unsupported);
      }
    },
  );

  it('or is of exactly one grant, whatever the fields', () => {
    const name = fc.constantFrom(
      'grant_type',
      'code',
      'redirect_uri',
      'code_verifier',
      'refresh_token',
      'refresh-token',
      'device-code',
      'iss',
    );
    const value = fc.constantFrom('', 'a', 'b', 'authorization_code', 'refresh_token', deviceGrant);
    fc.assert(
      fc.property(fc.dictionary(name, value), (fields) => {
        try {
          const { grant } = read(fields);
          const given = [fields.code, fields.refresh_token || fields['refresh-token'], fields['device-code']];
          expect(given.filter(Boolean)).toHaveLength(1);
          expect(given[['authorization_code', 'refresh_token', 'device_code'].indexOf(grant)]).toBeTruthy();
        } catch (error) {
          if (!(error instanceof Error && 'reason' in error)) throw error;
          expect(error).toMatchObject({ status: 400 });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
