import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../../support/apps.js';
import { expectUncached, expectWireError } from '../../support/expect-wire.js';
import { json, status } from '../../support/faults.js';
import { startProvider, users, type TestProvider } from '../../support/provider.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { offline } from '../../support/wire-client.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { ProviderTraffic } from './support/provider-traffic.js';
import { answerTokens, refresh, sessionAt } from './support/stub-logins.js';

let provider: TestProvider;
let stub: StubProvider;
beforeAll(async () => {
  provider = await startProvider();
  stub = await startStubProvider();
});
afterEach(() => stub.restore());
afterAll(async () => {
  await provider.close();
  await stub.close();
});

describe.each(adapters)('GET /auth/v2/userinfo in broker mode on %s', (adapter) => {
  let app: BrokerApp;
  afterEach(() => app.close());
  const ask = (bearer: string) => app.client.get('/auth/v2/userinfo', {}, { bearer });

  it('tells who the user is, from the session: the provider is asked no more', async () => {
    const traffic = new ProviderTraffic();
    app = await bootBroker(adapter, provider, { auth: { fetch: traffic.fetch } });
    const bearer = await app.client.accessToken('bob', offline);
    const calls = provider.calls.userinfo;
    await provider.down();
    const answer = await ask(bearer);
    await provider.up();
    const { given_name, family_name, preferred_username: name, email } = users.bob;
    expect({ status: answer.status, ...answer.json }).toEqual({
      status: 200,
      username: name,
      first_name: given_name,
      last_name: family_name,
      pw_name: name,
      email,
    });
    expectUncached(answer);
    traffic.expectKeptFrom(answer);
    expect(provider.calls.userinfo).toBe(calls);
  });

  it('tells what the latest refresh brought', async () => {
    app = await bootBroker(adapter, stub);
    stub.on('userinfo', json({ sub: 'stub-user', preferred_username: 'ada', family_name: 'Byron' }));
    const { access, refresh: token } = await sessionAt(app, stub);
    expect((await ask(access)).json).toMatchObject({ username: 'ada', last_name: 'Byron', email: '' });
    stub.on('userinfo', json({ sub: 'stub-user', preferred_username: 'ada', family_name: 'Lovelace' }));
    const { json: tokens } = await refresh(app, token);
    expect((await ask(String(tokens.access_token))).json).toMatchObject({ username: 'ada', last_name: 'Lovelace' });
  });

  it('knows the user from the ID token alone, where the provider has no userinfo', async () => {
    app = await bootBroker(adapter, stub);
    stub.on('userinfo', status(404));
    const idToken = { preferred_username: 'ada', given_name: 'Ada', family_name: 'Lovelace' };
    const { access } = await sessionAt(app, stub, { idToken });
    expect((await ask(access)).json).toMatchObject({ username: 'ada', first_name: 'Ada', last_name: 'Lovelace' });
  });

  it('is 404 for a user who has no name', async () => {
    app = await bootBroker(adapter, stub);
    stub.on('userinfo', status(404));
    const { access } = await sessionAt(app, stub);
    expectWireError(await ask(access), 404, 'not_found');
    expect(app.told.refused.at(-1)).toMatchObject({ reason: 'username_unknown' });
  });

  it("refuses no token, the provider's own, garbage, and those whose session has ended", async () => {
    app = await bootBroker(adapter, stub);
    answerTokens(stub, {});
    const { access } = await sessionAt(app, stub);
    expectWireError(await app.client.get('/auth/v2/userinfo'), 401, 'invalid_token');
    for (const bearer of [await stub.accessToken(), await stub.idToken(), 'garbage', `${access}x`]) {
      expectWireError(await ask(bearer), 401, 'invalid_token');
    }
    expect((await ask(access)).status).toBe(200);
    await app.client.post('/auth/v2/logout', {}, { bearer: access });
    expectWireError(await ask(access), 401, 'invalid_token');
    expect(app.told.refused.at(-1)).toMatchObject({ reason: 'session_ended' });
  });
});
