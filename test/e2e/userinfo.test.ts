import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp } from '../support/auth-app.js';
import { expectUncached, expectWireError, wireAnswerOf } from '../support/expect-wire.js';
import { halfBody, json, notJson, overloaded, status } from '../support/faults.js';
import { startProvider, type TestProvider } from '../support/provider.js';
import { rawRequest } from '../support/raw-http.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';

const alice = {
  username: 'alice.adams',
  first_name: 'Alice',
  last_name: 'Adams',
  pw_name: 'alice.adams',
  email: 'alice@example.org',
};

describe.each(adapters)('GET /auth/v2/userinfo on %s', (adapter) => {
  let provider: TestProvider;
  let app: AuthApp;
  beforeAll(async () => {
    provider = await startProvider();
    app = await bootAuthApp(adapter, provider);
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  const userinfo = (bearer?: string) => app.client.get('/auth/v2/userinfo', {}, bearer === undefined ? {} : { bearer });

  it("tells the token's user from its claims, without asking the provider", async () => {
    const answer = await userinfo(await app.client.accessToken('alice'));
    expect({ status: answer.status, ...answer.json }).toEqual({ status: 200, ...alice });
    expectUncached(answer);
    expect(provider.calls.userinfo).toBe(0);
  });

  it('answers for a user with neither e-mail nor name', async () => {
    const answer = await userinfo(await app.client.accessToken('carol'));
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ username: 'carol', pw_name: 'carol' });
  });

  it('asks the provider where the token does not say who it is', async () => {
    const terse = await startProvider({ accessTokenClaims: () => ({}) });
    const other = await bootAuthApp(adapter, terse);
    const bearer = await other.client.accessToken('alice');
    const answer = await other.client.get('/auth/v2/userinfo', {}, { bearer });
    expect({ status: answer.status, ...answer.json }).toEqual({ status: 200, ...alice });
    expect(terse.calls.userinfo).toBe(1);
    await other.close();
    await terse.close();
  });

  it('answers a missing bearer with 401 and a challenge without error code', async () => {
    const answer = await userinfo();
    expectWireError(answer, 401, 'invalid_token');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b(?!.*error=)/);
  });

  it('takes credentials of another scheme for a missing bearer', async () => {
    const answer = await app.client.get('/auth/v2/userinfo', {}, { headers: { authorization: 'Basic YTpi' } });
    expectWireError(answer, 401, 'invalid_token');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b(?!.*error=)/);
  });

  it('answers a bad bearer with 401 and a challenge with error code', async () => {
    const answer = await userinfo('not.a.token');
    expectWireError(answer, 401, 'invalid_token');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/);
  });

  it('answers two Authorization headers with 400', async () => {
    const bearer = await app.client.accessToken();
    const headers = [['Authorization', `Bearer ${bearer}`] as const, ['Authorization', `Bearer ${bearer}`] as const];
    const answer = await rawRequest(app.url, { path: '/auth/v2/userinfo', headers });
    expectWireError(wireAnswerOf(answer), 400, 'invalid_request');
  });

  it('takes no token from query or form', async () => {
    const access_token = await app.client.accessToken();
    expect((await app.client.get('/auth/v2/userinfo', { access_token })).status).toBe(401);
  });
});

describe.each(adapters)('GET /auth/v2/userinfo on %s, with a provider that', (adapter) => {
  let stub: StubProvider;
  let app: AuthApp;
  beforeAll(async () => {
    stub = await startStubProvider();
    app = await bootAuthApp(adapter, stub);
  });
  afterEach(() => stub.restore());
  afterAll(async () => {
    await app.close();
    await stub.close();
  });

  const userinfo = async () => app.client.get('/auth/v2/userinfo', {}, { bearer: await stub.accessToken() });

  it('knows the user, is asked with the token', async () => {
    const answer = await userinfo();
    expect(answer.json).toMatchObject({ username: 'stub', pw_name: 'stub', email: 'stub@example.org' });
    expect(stub.requestsTo('userinfo').at(-1)?.headers.authorization).toMatch(/^Bearer /);
  });

  it('refuses the token, is answered 401', async () => {
    stub.on('userinfo', status(401, { 'www-authenticate': 'Bearer error="invalid_token"' }));
    expectWireError(await userinfo(), 401, 'invalid_token');
  });

  it.each([
    ['answers 500', status(500)],
    ['is overloaded', overloaded(3)],
    ['breaks off', halfBody],
  ])('%s, is answered 503 with Retry-After', async (_, fault) => {
    stub.on('userinfo', fault);
    const answer = await userinfo();
    expectWireError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    ['sends no JSON', notJson],
    ['sends a list', json([])],
  ])('%s, is answered 502', async (_, fault) => {
    stub.on('userinfo', fault);
    expectWireError(await userinfo(), 502, 'server_error');
  });

  it('cannot be reached when keys are needed, is 503 and never 401', async () => {
    await stub.down();
    const fresh = await bootAuthApp(adapter, stub);
    const answer = await fresh.client.get('/auth/v2/userinfo', {}, { bearer: await stub.accessToken() });
    expectWireError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await fresh.close();
    await stub.up();
  });
});
