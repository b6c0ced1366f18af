import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as oidc from 'openid-client';
import { Browser } from './browser.js';
import { claimsOf, headerOf } from './keys.js';
import { clients, startProvider, users, type TestProvider } from './provider.js';
import { answerDevice, signIn, signOut } from './sign-in.js';

const target = 'http://localhost:53100/callback';
const { clientId, clientSecret } = clients.basic;

let provider: TestProvider;
let complaints: unknown[][];

beforeAll(async () => {
  complaints = [];
  for (const level of ['log', 'info', 'warn', 'error'] as const) {
    jest.spyOn(console, level).mockImplementation((...line) => void complaints.push(line));
  }
  provider = await startProvider();
});
afterAll(async () => {
  await provider.close();
  expect(complaints).toEqual([]);
});

function discover(id: string, authentication: oidc.ClientAuth): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(provider.discoveryUrl), id, undefined, authentication, {
    execute: [oidc.allowInsecureRequests],
  });
}

async function logIn(config: oidc.Configuration, browser = new Browser(), parameters: Record<string, string> = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: target,
    scope: 'openid profile email offline_access read',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    prompt: 'consent',
    ...parameters,
  });
  const { url } = await signIn(browser, address, { stopAt: target });
  return oidc.authorizationCodeGrant(config, url, { pkceCodeVerifier: verifier });
}

describe('the real provider', () => {
  it('completes a code flow with JWT access tokens for the API', async () => {
    const tokens = await logIn(await discover(clientId, oidc.ClientSecretBasic(clientSecret)));

    expect(headerOf(tokens.access_token)).toMatchObject({ typ: 'at+jwt', kid: provider.key.kid });
    expect(claimsOf(tokens.access_token)).toMatchObject({ ...users.alice, iss: provider.issuer, aud: 'my-api' });
    expect(String(claimsOf(tokens.access_token).scope).split(' ')).toEqual(
      expect.arrayContaining(['openid', 'offline_access', 'read']),
    );
    expect(tokens.claims()).toMatchObject({ sub: users.alice.sub, aud: clientId, email: users.alice.email });
  });

  it('knows clients by basic, post, private_key_jwt and none', async () => {
    const key = { key: provider.clientKey.privateKey, kid: provider.clientKey.kid };
    const authentications: [string, oidc.ClientAuth][] = [
      [clients.basic.clientId, oidc.ClientSecretBasic(clients.basic.clientSecret)],
      [clients.post.clientId, oidc.ClientSecretPost(clients.post.clientSecret)],
      [clients.public.clientId, oidc.None()],
      [clients.privateKey.clientId, oidc.PrivateKeyJwt(key)],
    ];
    for (const [id, authentication] of authentications) {
      const tokens = await logIn(await discover(id, authentication));
      expect(tokens.claims()).toMatchObject({ aud: id });
    }
    await expect(logIn(await discover(clientId, oidc.ClientSecretBasic('wrong')))).rejects.toThrow();
  });

  it('rotates refresh tokens, or keeps them', async () => {
    const config = await discover(clientId, oidc.ClientSecretBasic(clientSecret));
    const { refresh_token: first = '' } = await logIn(config);
    const { refresh_token: second = '' } = await oidc.refreshTokenGrant(config, first);
    expect(second).not.toBe(first);
    await expect(oidc.refreshTokenGrant(config, first)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(oidc.refreshTokenGrant(config, second)).rejects.toMatchObject({ error: 'invalid_grant' });

    const keeping = await startProvider({ rotation: false });
    const kept = await oidc.discovery(new URL(keeping.discoveryUrl), clientId, clientSecret, undefined, {
      execute: [oidc.allowInsecureRequests],
    });
    const { refresh_token: only = '' } = await logIn(kept);
    expect(await oidc.refreshTokenGrant(kept, only)).toMatchObject({ refresh_token: only });
    await keeping.close();
  });

  it('completes, denies and expires device flows', async () => {
    const config = await discover(clientId, oidc.ClientSecretBasic(clientSecret));
    const start = () => oidc.initiateDeviceAuthorization(config, { scope: 'openid profile' });
    const poll = ({ device_code }: oidc.DeviceAuthorizationResponse) =>
      oidc.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:device_code', { device_code });

    const approved = await start();
    await expect(poll(approved)).rejects.toMatchObject({ error: 'authorization_pending' });
    await answerDevice(new Browser(), approved.verification_uri_complete ?? '', { user: 'bob' });
    const { access_token: token } = await poll(approved);
    expect(claimsOf(token).sub).toBe(users.bob.sub);

    const denied = await start();
    await answerDevice(new Browser(), denied.verification_uri_complete ?? '', { deny: true });
    await expect(poll(denied)).rejects.toMatchObject({ error: 'access_denied' });

    const expired = await start();
    provider.storage.expire('DeviceCode');
    await expect(poll(expired)).rejects.toMatchObject({ error: 'expired_token' });
  });

  it('answers userinfo to its JWT access tokens', async () => {
    const config = await discover(clientId, oidc.ClientSecretBasic(clientSecret));
    const tokens = await logIn(config);
    expect(await oidc.fetchUserInfo(config, tokens.access_token, users.alice.sub)).toEqual(users.alice);
    await expect(oidc.fetchUserInfo(config, `${tokens.access_token}x`, users.alice.sub)).rejects.toThrow();
  });

  it('remembers the user until the log-out', async () => {
    const config = await discover(clientId, oidc.ClientSecretBasic(clientSecret));
    const browser = new Browser();
    const { id_token: hint = '' } = await logIn(config, browser);
    const silent = await logIn(config, browser, { prompt: 'none', scope: 'openid profile' });
    expect(silent.claims()?.sub).toBe(users.alice.sub);

    const goodbye = 'http://localhost:53100/goodbye';
    const address = oidc.buildEndSessionUrl(config, {
      id_token_hint: hint,
      post_logout_redirect_uri: goodbye,
      state: 'x',
    });
    const { url } = await signOut(browser, address, { stopAt: goodbye });
    expect(url.href).toBe(`${goodbye}?state=x`);
    await expect(logIn(config, browser, { prompt: 'none', scope: 'openid' })).rejects.toMatchObject({
      error: 'login_required',
    });
  });

  it('tells the client when the user says no', async () => {
    const config = await discover(clientId, oidc.ClientSecretBasic(clientSecret));
    const verifier = oidc.randomPKCECodeVerifier();
    const address = oidc.buildAuthorizationUrl(config, {
      redirect_uri: target,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const { url } = await signIn(new Browser(), address, { stopAt: target, deny: true });
    expect(url.searchParams.get('error')).toBe('access_denied');
  });

  it('revokes a refresh token', async () => {
    const config = await discover(clientId, oidc.ClientSecretBasic(clientSecret));
    const { refresh_token: token = '' } = await logIn(config);
    await oidc.tokenRevocation(config, token);
    await expect(oidc.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('counts calls, goes away, comes back on its port, and changes keys', async () => {
    const before = provider.calls.jwks;
    const published = async () => {
      const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
      return keys.map(({ kid }) => kid);
    };
    const old = provider.key.kid;
    expect(await published()).toEqual([old]);
    expect(provider.calls.jwks).toBe(before + 1);

    await provider.rotateKeys();
    expect(await published()).toEqual([provider.key.kid, old]);
    const tokens = await logIn(await discover(clientId, oidc.ClientSecretBasic(clientSecret)));
    expect(headerOf(tokens.access_token).kid).toBe(provider.key.kid);
    provider.dropOldKeys();
    expect(await published()).toEqual([provider.key.kid]);

    await provider.down();
    await expect(published()).rejects.toThrow();
    await provider.up();
    expect(await published()).toEqual([provider.key.kid]);
  });
});
