import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { OidcAuthModule } from 'nestjs-oidc-auth';
import { signingKey } from '../support/keys.js';
import { bootContext, soundOptions } from './booted-context.js';

const password = 'hush';

/** Everything that is said when an application cannot boot with these options: by error and log. */
async function said(options: unknown): Promise<string> {
  const outcome: unknown = await bootContext({
    imports: [OidcAuthModule.forRootAsync({ useFactory: () => options as never })],
  }).catch((error: unknown) => error);
  if (!(outcome instanceof Error)) throw new Error('it boots');
  return `${outcome.message}\n${inspect(outcome, { depth: Infinity, showHidden: true })}`;
}

describe('a secret is never told', () => {
  it.each<[string, object]>([
    ['a client secret that is no text', { clientSecret: [password] }],
    ['one within an object', { clientSecret: { value: password } }],
    ['a secret that is too short', { secret: password }],
    ['one of several', { secret: ['x'.repeat(32), password] }],
    ['one within an object', { secret: { current: password } }],
    ['a client secret under its Python name', { client_secret: password }],
    ['a client secret beside none', { clientSecret: password, clientAuthentication: 'none' }],
    ['a private key that cannot be read', { clientAuthentication: { method: 'private_key_jwt', key: password } }],
    ['a private key without method', { clientAuthentication: { key: password } }],
    ['the store of a broker', { broker: { store: `postgres://user:${password}@db/app` } }],
    ['a broker that is a URL', { broker: `postgres://user:${password}@db/app` }],
    ['a wrong option beside it', { clientSecret: password, secret: password.repeat(8), timeout: 0 }],
  ])('of %s', async (_, options) => {
    expect(await said({ ...soundOptions, ...options })).not.toContain(password);
  });

  it('of a private key that does not fit its algorithm', async () => {
    const { privateJwk } = await signingKey('ES256');
    const clientAuthentication = { method: 'private_key_jwt', key: privateJwk, algorithm: 'RS256' };
    const text = await said({ ...soundOptions, clientSecret: undefined, clientAuthentication });
    expect(text).toContain('clientAuthentication.key');
    expect(text).not.toContain(String(privateJwk.d));
  });

  it.each<[string, (options: object) => unknown]>([
    ['text', (options) => JSON.stringify(options)],
    ['a list', (options) => [options]],
  ])('of options that are %s', async (_, wrap) => {
    expect(await said(wrap({ clientSecret: password, clientId: 'a' }))).not.toContain(password);
  });
});

const withPassword = [
  `https://user:${password}@idp.example.org/`,
  `https://:${password}@idp.example.org/`,
  `https://user:a@${password}@idp.example.org/`,
  `https://user:a/${password}@idp.example.org/`,
  `https://user:a?${password}@idp.example.org/`,
  `https://user:a#${password}@idp.example.org/`,
  `https://user:a"${password}@idp.example.org/`,
  `https://user:a\\${password}@idp.example.org/`,
  `https:user:${password}@idp.example.org/`,
  `https:/user:${password}@idp.example.org/`,
  `HTTPS://user:${password}@idp.example.org/`,
  `user:${password}@idp.example.org`,
  `postgres://user:${password}@db/app`,
];

describe.each<[string, (url: string) => object]>([
  ['discoveryUrl', (url) => ({ discoveryUrl: url })],
  ['internalBaseUrl', (url) => ({ internalBaseUrl: url })],
  ['baseUrl', (url) => ({ baseUrl: url })],
  ['redirectUris', (url) => ({ redirectUris: [url] })],
  ['redirectUris, not a list', (url) => ({ redirectUris: url })],
  ['postLogoutRedirectUris', (url) => ({ postLogoutRedirectUris: [url] })],
  ['metadata', (url) => ({ metadata: { token_endpoint: url } })],
])('the password of a URL is never told: %s', (_, optionsWith) => {
  it.each(withPassword)('%s', async (url) => {
    expect(await said({ ...soundOptions, ...optionsWith(url) })).not.toContain(password);
  });
});
