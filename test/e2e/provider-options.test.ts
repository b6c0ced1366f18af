import { Controller, Get } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Required, type IDToken, type OidcAuthOptions } from 'nestjs-oidc-auth';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { expectTokens, expectWireError } from '../support/expect-wire.js';
import { drip, endless, hang, huge } from '../support/faults.js';
import { publishedWithout, signingKey } from '../support/keys.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { loopbackTarget } from '../support/wire-client.js';

@Controller()
class MeController {
  @Get('me')
  me(@Required() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

let stub: StubProvider;
let app: AuthApp | undefined;
beforeEach(async () => {
  stub = await startStubProvider({ path: '/realms/demo' });
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await stub.close();
});

const boot = async (auth: Partial<OidcAuthOptions> = {}, provider: { discoveryUrl: string } = stub) =>
  (app = await bootAuthApp('fastify', provider, { auth, controllers: [MeController] }));
const meStatus = async (token: string) => (await app?.client.get('/me', {}, { bearer: token }))?.status;

describe('the provider is found', () => {
  it('by its issuer as well as by its discovery document', async () => {
    const { client } = await boot({ discoveryUrl: stub.issuer });
    await client.authorizationRequest({ redirect_uri: loopbackTarget });
    expect(await meStatus(await stub.accessToken())).toBe(200);
  });

  it('under another issuer only where the option issuer says so', async () => {
    const issuer = 'https://login.example.org/tenant';
    stub.metadata.issuer = issuer;
    await boot();
    expect(await meStatus(await stub.accessToken({ iss: issuer }))).toBe(503);
    await app?.close();
    await boot({ issuer });
    expect(await meStatus(await stub.accessToken({ iss: issuer }))).toBe(200);
    expect(await meStatus(await stub.accessToken())).toBe(401);
  });

  it('with entries of its document replaced or removed', async () => {
    const { client } = await boot({
      metadata: { authorization_endpoint: 'https://front.example.org/authorize', end_session_endpoint: null },
    });
    const { origin } = await client.authorizationRequest({ redirect_uri: loopbackTarget });
    expect(origin).toBe('https://front.example.org');
    expect((await client.get('/auth/v2/logout')).status).toBe(200);
  });

  it("by the server's own way, while browsers go by theirs", async () => {
    const publicIssuer = 'https://idp.example.org/realms/demo';
    const front = new URL(publicIssuer);
    for (const [name, value] of Object.entries(stub.metadata)) {
      if (typeof value === 'string') stub.metadata[name] = value.replace(new URL(stub.issuer).origin, front.origin);
    }
    const provider = { discoveryUrl: `${publicIssuer}/.well-known/openid-configuration` };
    const { client } = await boot({ internalBaseUrl: new URL(stub.issuer).origin }, provider);
    const { origin } = await client.authorizationRequest({ redirect_uri: loopbackTarget });
    expect(origin).toBe(front.origin);
    expect(await meStatus(await stub.accessToken({ iss: publicIssuer }))).toBe(200);
    const token = await stub.tokens({ iss: publicIssuer });
    stub.on('token', () => token);
    expectTokens(await client.post('/auth/v2/token', { refresh_token: 'r' }), true);
  });
});

describe('tokens are accepted', () => {
  it('of further issuers with the same keys, as tokenIssuers names them', async () => {
    const iss = 'https://sts.example.org/tenant/';
    await boot({ tokenIssuers: iss });
    expect(await meStatus(await stub.accessToken({ iss }))).toBe(200);
    expect(await meStatus(await stub.accessToken())).toBe(200);
    expect(await meStatus(await stub.accessToken({ iss: 'https://sts.example.org/other/' }))).toBe(401);
  });

  it('for one of several audiences', async () => {
    await boot({ audience: ['my-api', 'my-other-api'] });
    expect(await meStatus(await stub.accessToken({ aud: 'my-other-api' }))).toBe(200);
    expect(await meStatus(await stub.accessToken({ aud: ['x', 'my-api'] }))).toBe(200);
    expect(await meStatus(await stub.accessToken({ aud: 'x' }))).toBe(401);
    expect(await meStatus(await stub.accessToken({ aud: undefined }))).toBe(401);
  });

  it('signed with ES256, and with keys that are published without alg or kid', async () => {
    const key = await signingKey('ES256');
    stub.jwks = [publishedWithout(key, 'alg'), publishedWithout(stub.key, 'kid', 'alg')];
    await boot();
    expect(await meStatus(await stub.accessToken({}, {}, key))).toBe(200);
    expect(await meStatus(await stub.accessToken({}, { kid: undefined }))).toBe(200);
  });

  it('as Keycloak writes them, but no ID tokens', async () => {
    await boot();
    expect(await meStatus(await stub.accessToken({ typ: 'Bearer', aud: ['my-api', 'account'] }, { typ: 'JWT' }))).toBe(
      200,
    );
    expect(await meStatus(await stub.accessToken({ typ: 'ID' }, { typ: 'JWT' }))).toBe(401);
    expect(await meStatus(await stub.accessToken({ typ: 'Refresh' }, { typ: 'JWT' }))).toBe(401);
  });

  it('if they have what the option claims wants of every token', async () => {
    const { client } = await boot({ claims: { groups: ['staff'] } });
    const lacking = await stub.accessToken();
    const having = await stub.accessToken({ groups: ['staff'], preferred_username: 'x' });
    expect(await meStatus(lacking)).toBe(403);
    expect(await meStatus(having)).toBe(200);
    expectWireError(await client.get('/auth/v2/userinfo', {}, { bearer: lacking }), 403, 'insufficient_scope');
    expect((await client.get('/auth/v2/userinfo', {}, { bearer: having })).status).toBe(200);
  });

  it('within the tolerance of clocks', async () => {
    const now = Math.floor(Date.now() / 1000);
    await boot({ now: () => now * 1000, clockTolerance: 60 });
    expect(await meStatus(await stub.accessToken({ exp: now - 59 }))).toBe(200);
    expect(await meStatus(await stub.accessToken({ exp: now - 61 }))).toBe(401);
    expect(await meStatus(await stub.accessToken({ nbf: now + 59 }))).toBe(200);
    expect(await meStatus(await stub.accessToken({ nbf: now + 61 }))).toBe(401);
  });
});

describe('a provider that', () => {
  const faults = [
    ['never answers', hang],
    ['drips', drip],
  ] as const;

  it.each(faults)('%s while its document is wanted, is given up after timeout: 503', async (_, fault) => {
    stub.on('discovery', fault);
    const { client } = await boot({ timeout: 0.1 });
    expectWireError(
      await client.get('/auth/v2/login', { redirect_uri: loopbackTarget }),
      503,
      'temporarily_unavailable',
    );
  });

  it.each(faults)('%s while a grant is wanted, is given up after timeout: 503', async (_, fault) => {
    stub.on('token', fault);
    const { client } = await boot({ timeout: 0.1 });
    expectWireError(await client.post('/auth/v2/token', { refresh_token: 'r' }), 503, 'temporarily_unavailable');
  });

  it.each([
    ['sends 50 MB', huge(50)],
    ['announces 50 MB', huge(50, { announced: true })],
    ['never ends', endless],
  ])('%s in the place of a grant, is no memory: 502', async (_, fault) => {
    stub.on('token', fault);
    const { client } = await boot();
    expectWireError(await client.post('/auth/v2/token', { refresh_token: 'r' }), 502, 'server_error');
  });

  it.each([
    ['sends 50 MB', huge(50)],
    ['never ends', endless],
  ])('%s in the place of its keys, is no memory: 503', async (_, fault) => {
    stub.on('jwks', fault);
    await boot();
    expect(await meStatus(await stub.accessToken())).toBe(503);
  });
});
