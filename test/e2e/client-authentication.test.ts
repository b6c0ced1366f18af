import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OidcAuthOptions } from 'nestjs-oidc-auth';
import { bootAuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { expectTokens, expectWireError } from '../support/expect-wire.js';
import { clients, startProvider, type TestProvider } from '../support/provider.js';
import { answerDevice } from '../support/sign-in.js';
import { offline } from '../support/wire-client.js';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

const pem = () =>
  createPrivateKey({ key: provider.clientKey.privateJwk, format: 'jwk' })
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();

const methods: [string, () => Partial<OidcAuthOptions>][] = [
  ['client_secret_basic by default', () => clients.basic],
  ['client_secret_post', () => ({ ...clients.post, clientAuthentication: 'client_secret_post' })],
  ['none, as a public client', () => ({ ...clients.public, clientSecret: undefined })],
  [
    'private_key_jwt with a JWK',
    () => ({
      ...clients.privateKey,
      clientSecret: undefined,
      clientAuthentication: { method: 'private_key_jwt', key: provider.clientKey.privateJwk },
    }),
  ],
  [
    'private_key_jwt with a PEM',
    () => ({
      ...clients.privateKey,
      clientSecret: undefined,
      clientAuthentication: { method: 'private_key_jwt', key: pem(), kid: provider.clientKey.kid, algorithm: 'RS256' },
    }),
  ],
];

describe.each(methods)('a client that proves itself by %s', (_, options) => {
  it('redeems codes, refreshes, uses the device flow and revokes', async () => {
    const app = await bootAuthApp('express', provider, { auth: options() });
    const tokens = await app.client.logIn({ parameters: offline });
    expectTokens(tokens, true);
    expectTokens(await app.client.post('/auth/v2/token', { refresh_token: String(tokens.json.refresh_token) }), true);

    const { json } = await app.client.post('/auth/v2/device');
    await answerDevice(new Browser(), String(json.verification_uri_complete));
    expectTokens(await app.client.post('/auth/v2/token', { device_code: String(json.device_code) }), true);
    await app.close();
  });
});

describe('a client that cannot prove itself', () => {
  it('is told 502, and neither the secret nor what the provider said', async () => {
    const clientSecret = 'not-the-secret-that-the-provider-knows';
    const app = await bootAuthApp('express', provider, { auth: { clientSecret } });
    const answer = await app.client.logIn();
    expectWireError(answer, 502, 'server_error');
    expect(answer.text + app.logs.text()).not.toContain(clientSecret);
    await app.close();
  });

  it('is warned that log-ins end in one process only, where nothing lasting seals them', async () => {
    const app = await bootAuthApp('express', provider, { auth: { ...clients.public, clientSecret: undefined } });
    expect(app.logs.text('warn')).toContain('log-ins begun in this process');
    await app.close();

    const sealed = await bootAuthApp('express', provider, {
      auth: { ...clients.public, clientSecret: undefined, secret: 'a secret of at least thirty-two characters' },
    });
    expect(sealed.logs.text('warn')).not.toContain('log-ins begun in this process');
    await sealed.close();
  });
});
