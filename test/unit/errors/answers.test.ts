import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  GrantError,
  InsufficientScopeError,
  InvalidTokenError,
  MissingTokenError,
  OidcAuthError,
  ProviderUnavailableError,
} from 'nestjs-oidc-auth';

describe('the challenge of a 401', () => {
  it('has no error code where no token was sent', () => {
    expect(new MissingTokenError().headers).toEqual({ 'WWW-Authenticate': 'Bearer' });
  });

  it('says what is wrong with the token', () => {
    expect(new InvalidTokenError('expired', 'The token has expired.').headers).toEqual({
      'WWW-Authenticate': 'Bearer error="invalid_token", error_description="The token has expired."',
    });
  });

  it('says which scopes are wanted, where scopes are what is missing', () => {
    const challengeOf = (scope?: string) => new InsufficientScopeError('scope_missing', 'No.', scope).headers;
    expect(challengeOf('read write')['WWW-Authenticate']).toBe(
      'Bearer error="insufficient_scope", error_description="No.", scope="read write"',
    );
    expect(challengeOf()['WWW-Authenticate']).not.toContain('scope=');
  });

  it('is one header line with closed quotes, whatever the texts', () => {
    const line = /^Bearer error="[a-z_]+", error_description="[ !#-[\]-~]*", scope="[ !#-[\]-~]*"$/;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (description, scope) => {
        const { headers } = new InsufficientScopeError('scope_missing', description, scope);
        expect(headers['WWW-Authenticate']).toMatch(line);
      }),
    );
  });
});

describe('Retry-After', () => {
  it.each([
    [undefined, '1'],
    [0, '1'],
    [-5, '1'],
    [0.2, '1'],
    [1.2, '2'],
    [30, '30'],
  ])('of %p seconds is %s', (seconds, header) => {
    const error = new ProviderUnavailableError('provider_unreachable', 'Not now.', seconds);
    expect(error.headers).toEqual({ 'Retry-After': header });
  });
});

describe('the body of an answer', () => {
  it('has the error, and the description under both names', () => {
    const error = new GrantError('invalid_grant', 'nonce_mismatch', 'The code belongs to another log-in.');
    expect(error.toBody()).toEqual({
      error: 'invalid_grant',
      error_description: 'The code belongs to another log-in.',
      detail: 'The code belongs to another log-in.',
    });
    expect(error).toMatchObject({ name: 'GrantError', status: 400, reason: 'nonce_mismatch', headers: {} });
    expect(error).toBeInstanceOf(OidcAuthError);
    expect(error.cause).toBeUndefined();
  });
});
