import { describe, expect, it } from '@jest/globals';
import { badAnswer, expectRefused, targetOn, unavailable, type Refusal } from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import {
  drip,
  halfBody,
  hang,
  huge,
  json,
  notJson,
  overloaded,
  redirect,
  status,
  type Fault,
} from '../support/faults.js';

const faults: [name: string, fault: Fault, refusal: Refusal][] = [
  ['500', status(500), unavailable('provider_unreachable')],
  ['502 of a proxy', status(502), unavailable('provider_unreachable')],
  ['404', status(404), badAnswer('provider_answer_invalid')],
  ['204', status(204), badAnswer('provider_answer_invalid')],
  ['hang', hang, unavailable('provider_timeout')],
  ['slow drip', drip, unavailable('provider_timeout')],
  ['no JSON', notJson, badAnswer('provider_answer_invalid')],
  ['JSON of another kind', json([1, 2]), badAnswer('provider_answer_invalid')],
  ['half a body', halfBody, unavailable('provider_unreachable')],
  ['a body of 50 MB', huge(50), badAnswer('provider_answer_too_large')],
  ['a redirect', redirect('http://127.0.0.1:1/'), badAnswer('provider_redirects')],
  ['429', overloaded(7), unavailable('provider_overloaded')],
  ['429 with a date', overloaded('Wed, 21 Oct 2026 07:28:00 GMT'), unavailable('provider_overloaded')],
];

describe.each(adapters)('the provider fails on %s', (adapter) => {
  const target = targetOn(adapter, { auth: { timeout: 1.5 } });
  const requests = {
    token: () => target.client.post('/auth/v2/token', { refresh_token: 'rt-in-the-request' }),
    device: () => target.client.post('/auth/v2/device'),
    userinfo: async () =>
      target.client.get(
        '/auth/v2/userinfo',
        {},
        { bearer: await target.stub.accessToken({ preferred_username: undefined }) },
      ),
  };

  describe.each(['token', 'device', 'userinfo'] as const)('at its %s endpoint', (endpoint) => {
    it.each(faults)('with %s', async (_, fault, refusal) => {
      target.stub.on(endpoint, fault);
      await expectRefused(target.app, requests[endpoint], refusal);
      expect(target.app.logs.text()).not.toContain('rt-in-the-request');

      target.stub.restore();
      expect((await requests[endpoint]()).status).toBe(200);
    });
  });

  it('says when to try again as long as the provider said, within reason', async () => {
    target.stub.on('token', overloaded(7));
    expect((await requests.token()).headers.get('retry-after')).toBe('7');
    target.stub.on('token', overloaded(86_400));
    expect((await requests.token()).headers.get('retry-after')).toBe('300');
  });

  it.each([
    ['an access token that is a number', { access_token: 5 }],
    ['no access token', { access_token: undefined }],
    ['no token type', { token_type: undefined }],
    ['another token type', { token_type: 'mac' }],
    ['a scope that is a list', { scope: ['a'] }],
    ['expires_in that is an object', { expires_in: {} }],
  ])('with a token answer that has %s', async (_, entries) => {
    target.stub.on('token', () => target.stub.tokens({}, entries));
    await expectRefused(target.app, requests.token, badAnswer('provider_answer_invalid'));
  });

  it.each([
    ['invalid_grant', 400, 'invalid_grant', 'grant_refused'],
    ['invalid_scope', 400, 'invalid_scope', 'grant_refused'],
    ['invalid_request', 400, 'invalid_request', 'grant_refused'],
    ['invalid_client', 502, 'server_error', 'provider_refuses_client'],
    ['unauthorized_client', 502, 'server_error', 'provider_refuses_client'],
    ['temporarily_unavailable', 503, 'temporarily_unavailable', 'provider_overloaded'],
    ['something_else', 502, 'server_error', 'provider_answer_invalid'],
  ])('with the OAuth error %s', async (error, code, wire, reason) => {
    target.stub.on('token', json({ error, error_description: 'secret details', token: 'leak' }, 400));
    await expectRefused(target.app, requests.token, { status: code, error: wire, reason });
    const { text } = await requests.token();
    expect(text + target.app.logs.text()).not.toMatch(/secret details|leak/);
  });

  it('by refusing the client with a challenge alone', async () => {
    target.stub.on('token', status(401, { 'www-authenticate': 'Basic realm="provider"' }));
    await expectRefused(target.app, requests.token, badAnswer('provider_refuses_client'));
  });

  it.each(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_request'])(
    'by having no device flow for this client (%s): 503, which sends clients to the code flow',
    async (error) => {
      target.stub.on('device', json({ error }, 400));
      expectDeviceFlowUnavailable(await requests.device());
    },
  );

  it('by having no device endpoint at all', async () => {
    const app = await target.boot({ auth: { metadata: { device_authorization_endpoint: null } } });
    expectDeviceFlowUnavailable(await app.client.post('/auth/v2/device'));
  });

  it.each([
    ['no refresh token', { refresh_token: undefined }],
    ['no ID token', { id_token: undefined }],
  ])('a refresh answer with %s is none of its faults', async (_, entries) => {
    target.stub.on('token', () => target.stub.tokens({}, entries));
    const { status: code, json: answer } = await target.client.post('/auth/v2/token', { refresh_token: 'kept' });
    expect({ code, refresh: answer.refresh_token }).toEqual({
      code: 200,
      refresh: 'refresh_token' in entries ? 'kept' : expect.any(String),
    });
    expect(answer.refresh_expires).toEqual(expect.any(Number));
  });

  it.each([
    ['500', status(500)] as const,
    ['hang', hang] as const,
    ['400', json({ error: 'unsupported_token_type' }, 400)] as const,
  ])('at its revocation endpoint with %s: the log-out stands', async (_, fault) => {
    target.stub.on('revocation', fault);
    const { status: code, json: answer } = await target.client.post(
      '/auth/v2/logout',
      {},
      { bearer: await target.stub.accessToken() },
    );
    expect({ code, url: answer.logout_url }).toEqual({
      code: 200,
      url: expect.stringContaining('/auth/v2/logout?ticket='),
    });
  });

  it('while the application closes: requests under way end', async () => {
    const app = await target.boot({ auth: { timeout: 60 } });
    let arrived: (() => void) | undefined;
    const request = new Promise<void>((resolve) => (arrived = resolve));
    target.stub.on('token', () => arrived?.());
    const answer = app.client.post('/auth/v2/token', { refresh_token: 'x' }).catch(() => undefined);
    await request;
    await app.app.close();
    expect((await answer)?.status ?? 503).toBe(503);
  });
});

function expectDeviceFlowUnavailable({
  status: code,
  json: body,
}: {
  status: number;
  json: Readonly<Record<string, unknown>>;
}) {
  expect({ code, error: body.error }).toEqual({ code: 503, error: 'unsupported_grant_type' });
}
