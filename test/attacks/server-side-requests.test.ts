import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { redirect } from '../support/faults.js';
import { loopbackTarget } from '../support/wire-client.js';
import { badAnswer, expectAdmitted, expectRefused, targetOn, unavailable } from './support/target.js';

const issuer = 'https://idp.example.org';

describe.each(adapters)('requests that the server makes on %s', (adapter) => {
  const target = targetOn(adapter);

  /** A provider on https, without a network: every request is noted and answered by the documents. */
  const bootOnHttps = async (entries: Record<string, unknown>, auth = {}) => {
    const asked: string[] = [];
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer,
        jwks_uri: `${issuer}/jwks`,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        ...entries,
      },
      '/jwks': { keys: target.stub.jwks },
    };
    const app = await target.boot({
      auth: {
        discoveryUrl: issuer,
        fetch: (url: Parameters<typeof fetch>[0]) => {
          const { href, pathname } = new URL(url instanceof Request ? url.url : url);
          asked.push(href);
          return Promise.resolve(Response.json(documents[pathname.replace('/behind', '')] ?? {}));
        },
        ...auth,
      },
    });
    return { app, asked };
  };

  it.each([
    ['jwks_uri', 'http://idp.example.org/jwks'],
    ['token_endpoint', 'http://idp.example.org/token'],
    ['authorization_endpoint', 'http://127.0.0.1:9/authorize'],
    ['userinfo_endpoint', 'http://169.254.169.254/latest/meta-data'],
    ['end_session_endpoint', 'javascript:alert(1)'],
    ['revocation_endpoint', 'file:///etc/passwd'],
    ['device_authorization_endpoint', 'gopher://idp.example.org'],
    ['jwks_uri', '/jwks'],
    ['jwks_uri', { href: `${issuer}/jwks` }],
  ])('go to no %s such as %j under an issuer on https', async (name, value) => {
    const { app, asked } = await bootOnHttps({ [name]: value });
    const token = await target.stub.accessToken({ iss: issuer });
    await expectRefused(
      app,
      () => app.client.get('/door', {}, { bearer: token }),
      unavailable('provider_metadata_invalid'),
    );
    expect(asked).toEqual([`${issuer}/.well-known/openid-configuration`]);
  });

  it('go where an issuer on https says, on https', async () => {
    const { app, asked } = await bootOnHttps({});
    await expectAdmitted(app, await target.stub.accessToken({ iss: issuer }));
    expect(asked).toEqual([`${issuer}/.well-known/openid-configuration`, `${issuer}/jwks`]);
  });

  it('go to the internal base URL, where there is one, while browsers are sent to the public one', async () => {
    const { app, asked } = await bootOnHttps({}, { internalBaseUrl: 'http://127.0.0.1:8080/behind' });
    await expectAdmitted(app, await target.stub.accessToken({ iss: issuer }));
    const login = await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget });
    expect(login.headers.get('location')).toMatch(/^https:\/\/idp\.example\.org\/authorize\?/);
    expect(asked).toEqual([
      'http://127.0.0.1:8080/behind/.well-known/openid-configuration',
      'http://127.0.0.1:8080/behind/jwks',
    ]);
  });

  it.each(['https://evil.example', `${issuer}.evil.example`, `${issuer}/tenant`, 'http://idp.example.org', ''])(
    'believe no document that names the issuer %j',
    async (named) => {
      const { app, asked } = await bootOnHttps({ issuer: named });
      const token = await target.stub.accessToken({ iss: named });
      await expectRefused(
        app,
        () => app.client.get('/door', {}, { bearer: token }),
        unavailable('provider_metadata_invalid'),
      );
      expect(asked).toHaveLength(1);
    },
  );

  it.each(['token', 'device'] as const)('follow no redirect of the %s endpoint', async (endpoint) => {
    target.stub.on(endpoint, redirect(`${target.stub.issuer}/jwks`, 307));
    await target.expectGenuine();
    const before = target.stub.calls('jwks');
    const ask = () =>
      endpoint === 'device'
        ? target.client.post('/auth/v2/device')
        : target.client.post('/auth/v2/token', { refresh_token: 'a-secret' });
    await expectRefused(target.app, ask, badAnswer('provider_redirects'));
    expect(target.stub.calls('jwks')).toBe(before);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example', 'no url'])(
    'hand on no verification_uri such as %j',
    async (uri) => {
      const started = { device_code: 'd', user_code: 'u', expires_in: 60 };
      target.stub.on('device', () => ({ ...started, verification_uri: uri }));
      await expectRefused(
        target.app,
        () => target.client.post('/auth/v2/device'),
        badAnswer('provider_answer_invalid'),
      );
      const complete = { verification_uri: 'https://idp.example.org/device', verification_uri_complete: uri };
      target.stub.on('device', () => ({ ...started, ...complete }));
      await expectRefused(
        target.app,
        () => target.client.post('/auth/v2/device'),
        badAnswer('provider_answer_invalid'),
      );
    },
  );
});
