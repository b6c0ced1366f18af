import { describe, expect, it } from '@jest/globals';
import { loginRequest } from '../../../lib/controllers/login-request.js';
import { parametersFrom } from '../../../lib/http/index.js';

const redirect_uri = 'http://localhost:53100/callback';
const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const own = { code_challenge, code_challenge_method: 'S256' };

const read = (fields: Record<string, string>) =>
  loginRequest(parametersFrom(new URLSearchParams({ redirect_uri, ...fields })));
const invalid = (reason: string, message: RegExp) =>
  expect.objectContaining({ status: 400, error: 'invalid_request', reason, message: expect.stringMatching(message) });

describe('a login request', () => {
  it('needs no more than a target', () => {
    expect(read({})).toEqual({
      redirectUri: redirect_uri,
      passed: {},
      scope: undefined,
      offlineAccess: false,
      own: undefined,
    });
  });

  it('passes on what is the provider’s to read, and nothing else', () => {
    const passed = { prompt: 'login', login_hint: 'ada@example.org', acr_values: 'gold', ui_locales: 'de en' };
    const foreign = { client_id: 'evil', response_type: 'token', nonce: 'n', request_uri: 'https://evil.example.org' };
    expect(read({ ...passed, ...foreign }).passed).toEqual(passed);
  });

  it('takes empty parameters for none', () => {
    const empty = { prompt: '', login_hint: '', scope: '', offline_access: '', code_challenge: '', state: '' };
    expect(read(empty)).toEqual(read({}));
  });

  it.each(['none', 'login', 'consent', 'select_account'])('may have prompt=%s', (prompt) => {
    expect(read({ prompt }).passed).toEqual({ prompt });
  });

  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('with offline_access=%s wants it: %p', (offline_access, wanted) => {
    expect(read({ offline_access }).offlineAccess).toBe(wanted);
  });

  it.each(['read', 'openid profile', 'a  b', 'https://api.example.org/read', "!#[]~'"])(
    'may have scope=%j',
    (scope) => {
      expect(read({ scope }).scope).toBe(scope);
    },
  );

  it.each(['José', '李', 'user+tag@example.org', 'x'.repeat(512)])('may have login_hint=%s', (login_hint) => {
    expect(read({ login_hint }).passed).toEqual({ login_hint });
  });

  it('of a client that does PKCE itself has its challenge and its state', () => {
    expect(read(own).own).toEqual({ codeChallenge: code_challenge, state: undefined });
    expect(read({ ...own, state: 'mine' }).own).toEqual({ codeChallenge: code_challenge, state: 'mine' });
  });
});

describe('a login request is refused', () => {
  it.each<[string, RegExp, Record<string, string>]>([
    ['missing_parameter', /^redirect_uri is missing/, { redirect_uri: '' }],
    ['invalid_parameter', /^redirect_uri has to be/, { redirect_uri: 'http://localhost/ä' }],
    ['invalid_parameter', /^redirect_uri has to be/, { redirect_uri: `http://localhost/${'x'.repeat(512)}` }],
    ['invalid_parameter', /^prompt has to be one of: none/, { prompt: 'create' }],
    ['invalid_parameter', /^prompt has to be one of/, { prompt: 'login consent' }],
    ['invalid_parameter', /^offline_access has to be one of: true/, { offline_access: 'yes' }],
    ['invalid_parameter', /^scope has to be scope names/, { scope: ' read' }],
    ['invalid_parameter', /^scope has to be/, { scope: 'a"b' }],
    ['invalid_parameter', /^scope has to be/, { scope: 'a\\b' }],
    ['invalid_parameter', /^scope has to be/, { scope: 'a\nb' }],
    ['invalid_parameter', /^scope has to be/, { scope: 'x'.repeat(1_025) }],
    ['invalid_parameter', /^login_hint has to be text/, { login_hint: 'a\u0000b' }],
    ['invalid_parameter', /^login_hint has to be/, { login_hint: 'a\r\nb' }],
    ['invalid_parameter', /^login_hint has to be/, { login_hint: '\u202eada' }],
    ['invalid_parameter', /^login_hint has to be/, { login_hint: 'x'.repeat(513) }],
    ['invalid_parameter', /^acr_values has to be/, { acr_values: '\u00a0' }],
    ['invalid_parameter', /^ui_locales has to be/, { ui_locales: 'd\u00e9' }],
    ['invalid_parameter', /^code_challenge has to be an S256/, { ...own, code_challenge: 'short' }],
    ['invalid_parameter', /^code_challenge has to be/, { ...own, code_challenge: `${code_challenge}=` }],
    ['invalid_parameter', /^code_challenge has to be/, { ...own, code_challenge_method: 'plain' }],
    ['invalid_parameter', /^code_challenge has to be/, { code_challenge }],
    ['contradicting_parameters', /^code_challenge_method is for/, { code_challenge_method: 'S256' }],
    ['contradicting_parameters', /^state is for clients/, { state: 'mine' }],
  ])('with %s (%s) for %j', (reason, message, fields) => {
    expect(() => read(fields)).toThrow(invalid(reason, message));
  });
});
