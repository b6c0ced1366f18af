import { describe, expect, it } from '@jest/globals';
import { parseMetadata } from '../../../lib/provider/metadata.js';
import type { DiscoverySettings } from '../../../lib/provider/index.js';
import { discoverySettings } from './settings.js';

const issuer = 'https://idp.example.org/realms/demo';
const document = {
  issuer,
  jwks_uri: `${issuer}/jwks`,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  scopes_supported: ['openid'],
};
const internal = { internalBaseUrl: new URL('http://keycloak:8080'), insecureHttp: true };
const onLoopback = {
  url: new URL('http://127.0.0.1:8080/.well-known/openid-configuration'),
  issuers: ['http://127.0.0.1:8080'],
};

const parse = (others: object = {}, settings: Partial<DiscoverySettings> = {}) =>
  parseMetadata({ ...document, ...others }, discoverySettings(settings));
const remedy = (sentence: RegExp | string) =>
  expect.objectContaining({
    status: 502,
    reason: 'provider_metadata_invalid',
    message: 'The metadata of the identity provider cannot be used.',
    remedy: expect.stringMatching(sentence),
  });

describe('a discovery document', () => {
  it('is kept as it is, but for entries of a kind that nobody here reads', () => {
    const flat = { future: 'text', switches: true, names: ['a', 'b'] };
    expect(parse({ ...flat, nested: { a: 1 }, lists: [['a']] })).toEqual({ ...document, ...flat });
  });

  it('is not changed itself', () => {
    const given = Object.freeze({ ...document, scopes_supported: 'openid' });
    const settings = discoverySettings({ overrides: { token_endpoint: null } });
    expect(parseMetadata(given, settings)).toEqual({
      issuer,
      jwks_uri: document.jwks_uri,
      authorization_endpoint: document.authorization_endpoint,
    });
  });

  it.each([null, undefined, 'text', 5, [], [document]])('is not %j', (given) => {
    expect(() => parseMetadata(given, discoverySettings())).toThrow(
      remedy(/is no discovery document: expected a JSON object/),
    );
  });

  it.each(['openid', { openid: true }, 5, null])(
    'that has %j for scopes_supported says nothing about scopes',
    (odd) => {
      expect(parse({ scopes_supported: odd })).not.toHaveProperty('scopes_supported');
    },
  );

  it('has to name its keys', () => {
    expect(() => parse({ jwks_uri: undefined })).toThrow(remedy(/no jwks_uri: set metadata\.jwks_uri/));
  });
});

describe('the issuer of a discovery document', () => {
  it.each([issuer, `${issuer}/`])('may be %s', (named) => {
    expect(parse({ issuer: named }).issuer).toBe(named);
  });

  it.each([
    'https://evil.example.org/realms/demo',
    'https://idp.example.org/realms/demo2',
    'https://idp.example.org/realms',
    'HTTPS://idp.example.org/realms/demo',
    `${issuer}//`,
    '',
  ])('may not be %j', (named) => {
    expect(() => parse({ issuer: named })).toThrow(
      remedy(
        /names the issuer .*expected "https:\/\/idp\.example\.org\/realms\/demo": correct discoveryUrl, or set issuer: /,
      ),
    );
  });

  it.each([undefined, null, 5, [issuer]])('is missing where it is %j', (named) => {
    expect(() => parse({ issuer: named })).toThrow(remedy(/names no issuer/));
  });

  it('is no template for many tenants', () => {
    expect(() => parse({ issuer: 'https://login.example.org/{tenantid}/v2.0' })).toThrow(
      remedy(/template that stands for many tenants: put one tenant's id into discoveryUrl/),
    );
  });

  it('cannot be replaced by an override', () => {
    expect(() => parse({ issuer: 'https://evil.example.org' }, { overrides: { issuer } })).toThrow(
      remedy(/names the issuer/),
    );
  });
});

describe.each([
  'jwks_uri',
  'token_endpoint',
  'device_authorization_endpoint',
  'userinfo_endpoint',
  'revocation_endpoint',
  'authorization_endpoint',
  'end_session_endpoint',
])('the %s', (name) => {
  const with_ = (value: unknown, settings: Partial<DiscoverySettings> = {}) => parse({ [name]: value }, settings);
  const refused = remedy(
    `The provider's ${name} is .*: expected a URL on https. Correct the provider, or set metadata.${name}.`,
  );

  it('may be on any https origin', () => {
    expect(with_('https://keys.example.net/a')).toMatchObject({ [name]: 'https://keys.example.net/a' });
  });

  it.each(['/relative', 'ftp://idp.example.org/', 'javascript:alert(1)', 5, {}, '', 'https://'])(
    'may not be %j',
    (odd) => {
      expect(() => with_(odd)).toThrow(refused);
    },
  );

  it.each(['http://idp.example.org/a', 'http://127.0.0.1/a', 'http://169.254.169.254/latest'])(
    'of an issuer on https may not be %s, not even with insecureHttp',
    (url) => {
      expect(() => with_(url)).toThrow(refused);
      expect(() => with_(url, { insecureHttp: true })).toThrow(refused);
    },
  );

  it('may be on plain http where configuration says so', () => {
    const url = 'http://keycloak:8080/a';
    expect(with_(url, internal)).toMatchObject({ [name]: url });
    expect(with_(undefined, { insecureHttp: true, overrides: { [name]: url } })).toMatchObject({ [name]: url });
    expect(() => with_('http://other:8080/a', internal)).toThrow(refused);
  });

  it('of an issuer on loopback may be there, too, and nowhere else on plain http', () => {
    const at = (url: string) => with_(url, onLoopback);
    const from = (url: string) => () => parse({ issuer: 'http://127.0.0.1:8080', [name]: url }, onLoopback);
    expect(from('http://localhost:8080/a')).not.toThrow();
    expect(from('http://idp.example.org/a')).toThrow(refused);
    expect(() => at('http://127.0.0.1:8080/a')).toThrow(remedy(/names the issuer/));
  });

  it('is replaced, or removed, by an override', () => {
    expect(with_('https://a.example.org/', { overrides: { [name]: 'https://b.example.org/' } })).toMatchObject({
      [name]: 'https://b.example.org/',
    });
    if (name === 'jwks_uri') return;
    expect(with_('https://a.example.org/', { overrides: { [name]: null } })).not.toHaveProperty(name);
  });
});
