import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { expectAdmitted, targetOn, type Attacked } from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import { wireAnswerOf } from '../support/expect-wire.js';
import { rawRequest } from '../support/raw-http.js';
import type { StubEndpoint } from '../support/stub-provider.js';
import { loopbackTarget } from '../support/wire-client.js';

const form: [string, string] = ['content-type', 'application/x-www-form-urlencoded'];

describe.each(adapters)('an application that closes, on %s,', (adapter) => {
  const target = targetOn(adapter);

  /** A request of ours to the provider that has arrived there and gets no answer. */
  const held = (endpoint: StubEndpoint) => {
    const requests: { finish: () => void; gone: Promise<unknown> }[] = [];
    const arrived = new Promise<void>((resolve) => {
      target.stub.on(endpoint, (_, response) => {
        const gone = once(response, 'close');
        return new Promise((answer) => {
          requests.push({ finish: () => answer(target.stub.tokens()), gone });
          resolve();
        });
      });
    });
    return { arrived, requests };
  };
  const ask: [endpoint: StubEndpoint, request: (app: Attacked, bearer: string) => Promise<unknown>][] = [
    ['discovery', ({ client }) => client.get('/auth/v2/login', { redirect_uri: loopbackTarget })],
    ['jwks', ({ client }, bearer) => client.get('/door', {}, { bearer })],
    ['token', ({ client }) => client.post('/auth/v2/token', { refresh_token: 'r' })],
    ['device', ({ client }) => client.post('/auth/v2/device')],
    ['userinfo', ({ client }, bearer) => client.get('/auth/v2/userinfo', {}, { bearer })],
    ['revocation', ({ client }, bearer) => client.post('/auth/v2/logout', {}, { bearer })],
  ];

  it.each(ask)('ends its request to the %s endpoint, long before the timeout', async (endpoint, request) => {
    const app = await target.boot({ auth: { timeout: 120 } });
    const { arrived, requests } = held(endpoint);
    const answer = request(app, await target.stub.accessToken()).catch(() => 'cut off');
    await arrived;
    await app.app.close();
    await Promise.all(requests.map(({ gone }) => gone));
    expect(requests).toHaveLength(1);
    await answer;
    expect(app.logs.text('error')).toBe('');
    target.stub.restore();
    await target.expectGenuine();
  });

  it('lets a request finish that the provider answers meanwhile, where connections are not cut', async () => {
    const app = await target.boot({ appOptions: { forceCloseConnections: false } });
    await expectAdmitted(app, await target.stub.accessToken());
    const { arrived, requests } = held('token');
    const answer = rawRequest(app.url, {
      method: 'POST',
      path: '/auth/v2/token',
      headers: [form],
      body: 'refresh_token=r',
    }).then(wireAnswerOf);
    await arrived;
    const closed = app.app.close();
    for (const { finish } of requests) finish();
    const { status, json } = await answer;
    expect({ status, refreshed: typeof json.refresh_token }).toEqual({ status: 200, refreshed: 'string' });
    await closed;
    await target.expectGenuine();
  });

  it('closes at once where it never needed the provider, and where the provider is down', async () => {
    const asked = target.stub.requests.length;
    const idle = await target.boot();
    await idle.app.close();
    expect(target.stub.requests).toHaveLength(asked);
    await target.stub.down();
    const app = await target.boot();
    await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget });
    await app.app.close();
    await target.stub.up();
    await target.expectGenuine();
  });
});
