import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { OidcAuthOptions } from 'nestjs-oidc-auth';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { Browser } from '../support/browser.js';
import { expectTokens, expectWireError } from '../support/expect-wire.js';
import { clients, startProvider, type TestProvider } from '../support/provider.js';
import { reverseProxy } from '../support/reverse-proxy.js';
import { signIn } from '../support/sign-in.js';
import { loopbackTarget } from '../support/wire-client.js';

const site = 'https://app.example.org';
const [oldSecret, newSecret] = [
  'the old secret of this application is long',
  'the new secret of this application is long',
];

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

describe('two pods of one application', () => {
  const running: AuthApp[] = [];
  afterEach(async () => {
    for (const pod of running.splice(0)) await pod.close();
  });

  const pod = async (auth: Partial<OidcAuthOptions>): Promise<AuthApp> => {
    const app = await bootAuthApp('express', provider, { auth: { baseUrl: site, ...auth } });
    running.push(app);
    return app;
  };

  /** A load balancer that sends log-ins to one pod and everything else to the other. */
  const balanced = (login: AuthApp, others: AuthApp) =>
    reverseProxy(site, (path) => (path === '/auth/v2/login' ? login.url : others.url));

  const publicClient = { ...clients.public, clientSecret: undefined };

  it.each<[string, Partial<OidcAuthOptions>, Partial<OidcAuthOptions>]>([
    ['a client secret of 32 characters or more', {}, {}],
    ['the option secret', { ...publicClient, secret: oldSecret }, { ...publicClient, secret: oldSecret }],
    ['a secret that is being rotated, from old to new', { secret: oldSecret }, { secret: [newSecret, oldSecret] }],
    [
      'a secret that is being rotated, from new to old',
      { secret: [oldSecret, newSecret] },
      { secret: [newSecret, oldSecret] },
    ],
  ])("end each other's log-ins with %s", async (_, first, second) => {
    const [one, other] = [await pod(first), await pod(second)];
    const browser = new Browser(balanced(one, other));
    const page = await signIn(browser, `${site}/auth/v2/login?redirect_uri=${site}/auth/v2/callback`);
    expect({ status: page.status, body: page.body }).toMatchObject({ status: 200 });

    expectTokens(await other.client.redeem(await one.client.codeFor(loopbackTarget)), false);
  });

  it.each<[string, Partial<OidcAuthOptions>, Partial<OidcAuthOptions>]>([
    ['different secrets', { secret: oldSecret }, { secret: newSecret }],
    ['nothing that seals', publicClient, publicClient],
  ])('refuse them with %s', async (_, first, second) => {
    const [one, other] = [await pod(first), await pod(second)];
    const browser = new Browser(balanced(one, other));
    const page = await signIn(browser, `${site}/auth/v2/login?redirect_uri=${site}/auth/v2/callback`);
    expect(page.status).toBe(400);
    expect(JSON.parse(page.body)).toMatchObject({ error: 'invalid_request' });
  });

  it("take each other's device codes and log-out tickets", async () => {
    const [one, other] = [await pod({}), await pod({})];
    const { json } = await one.client.post('/auth/v2/device');
    const pending = await other.client.post('/auth/v2/token', { device_code: String(json.device_code) });
    expectWireError(pending, 400, 'authorization_pending');

    const bearer = await one.client.accessToken();
    const logout = await one.client.post('/auth/v2/logout', {}, { bearer });
    const ticket = new URL(String(logout.json.logout_url)).searchParams.get('ticket') ?? '';
    const { headers } = await other.client.get('/auth/v2/logout', { ticket });
    expect(new URL(headers.get('location') ?? '').searchParams.has('id_token_hint')).toBe(true);
  });
});
