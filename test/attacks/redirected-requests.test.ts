import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { redirect } from '../support/faults.js';
import type { StubEndpoint } from '../support/stub-provider.js';
import { begin, callback, redeem } from './support/logins.js';
import { loopbackTarget, type WireAnswer } from '../support/wire-client.js';
import { badAnswer, expectRefused, targetOn, unavailable, type Attacked } from './support/target.js';

const statuses = [301, 302, 303, 307, 308];

describe.each(adapters)('a redirect of the provider on %s:', (adapter) => {
  const target = targetOn(adapter);
  /** Where the redirects lead; nothing of ours ever asks there. */
  const elsewhere = () => `${target.stub.issuer}/authorize`;

  const requests: [
    endpoint: StubEndpoint,
    name: string,
    ask: (app: Attacked, bearer: string) => Promise<WireAnswer>,
  ][] = [
    ['discovery', 'a log-in', ({ client }) => client.get('/auth/v2/login', { redirect_uri: loopbackTarget })],
    ['discovery', 'a guard', ({ client }, bearer) => client.get('/door', {}, { bearer })],
    ['jwks', 'a guard', ({ client }, bearer) => client.get('/door', {}, { bearer })],
    ['token', 'a refresh', ({ client }) => client.post('/auth/v2/token', { refresh_token: 'r' })],
    ['token', 'a code', async (app) => redeem(app, (await begin(app.client, loopbackTarget)).state)],
    [
      'token',
      'our callback',
      async (app) => callback(app, await begin(app.client, app.client.url('/auth/v2/callback'))),
    ],
    [
      'token',
      'a device code',
      async ({ client }) => {
        const { json } = await client.post('/auth/v2/device');
        return client.post('/auth/v2/token', { device_code: String(json.device_code) });
      },
    ],
    ['device', 'the start of a device', ({ client }) => client.post('/auth/v2/device')],
    ['userinfo', 'a profile', ({ client }, bearer) => client.get('/auth/v2/userinfo', {}, { bearer })],
  ];

  it.each(requests)('of the %s endpoint, on %s, is not followed', async (endpoint, _, ask) => {
    const cold = endpoint === 'discovery' || endpoint === 'jwks';
    for (const code of statuses) {
      const app = await target.boot();
      const bearer = await target.stub.accessToken();
      target.stub.on(endpoint, redirect(elsewhere(), code));
      const reason = 'provider_redirects';
      await expectRefused(app, () => ask(app, bearer), cold ? unavailable(reason) : badAnswer(reason));
      expect(target.stub.calls('authorization')).toBe(0);
      target.stub.restore();
    }
    await target.expectGenuine();
  });

  it('of the revocation endpoint is not followed, and changes no log-out', async () => {
    for (const code of statuses) {
      target.stub.on('revocation', redirect(elsewhere(), code));
      const bearer = await target.stub.accessToken();
      expect((await target.client.post('/auth/v2/logout', {}, { bearer })).status).toBe(200);
    }
    expect(target.stub.calls('revocation')).toBe(statuses.length);
    expect(target.stub.calls('authorization')).toBe(0);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'file:///etc/passwd',
    '//evil.example.org/token',
    '',
    'not a URL',
  ])('to %j is none that an answer or a log tells', async (location) => {
    target.stub.on('token', redirect(location));
    const { text } = await target.client.post('/auth/v2/token', { refresh_token: 'r' });
    if (location) expect(text + target.app.logs.text()).not.toContain(location);
    expect(target.app.refused.at(-1)?.reason).toBe('provider_redirects');
    await target.expectGenuine();
  });

  it.each([300, 304, 305, 399])('a status of %i is no answer, either', async (code) => {
    target.stub.on('token', (_, response) => void response.writeHead(code, { location: elsewhere() }).end());
    const ask = () => target.client.post('/auth/v2/token', { refresh_token: 'r' });
    await expectRefused(target.app, ask, badAnswer('provider_redirects'));
    expect(target.stub.calls('authorization')).toBe(0);
  });
});
