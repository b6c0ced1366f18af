import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { wireAnswerOf } from '../support/expect-wire.js';
import { rawRequest, type RawRequest } from '../support/raw-http.js';
import { badRequest, expectRefused, targetOn, type Attacked } from './support/target.js';

const evil = 'evil.example.org';
const spoofed: [name: string, headers: [string, string][]][] = [
  ['Host', [['host', evil]]],
  ['Host with a port', [['host', `${evil}:443`]]],
  ['Host with a user', [['host', `127.0.0.1@${evil}`]]],
  ['X-Forwarded-Host', [['x-forwarded-host', evil]]],
  [
    'X-Forwarded-Host, twice',
    [
      ['x-forwarded-host', evil],
      ['x-forwarded-host', evil],
    ],
  ],
  ['X-Forwarded-Proto', [['x-forwarded-proto', 'https']]],
  ['X-Forwarded-Proto as a script', [['x-forwarded-proto', 'javascript']]],
  ['X-Forwarded-Port', [['x-forwarded-port', '1']]],
  ['X-Forwarded-Prefix', [['x-forwarded-prefix', `//${evil}`]]],
  ['Forwarded', [['forwarded', `host=${evil};proto=https`]]],
  [
    'X-Original-URL',
    [
      ['x-original-url', `//${evil}/`],
      ['x-rewrite-url', `//${evil}/`],
    ],
  ],
  [
    'Origin and Referer',
    [
      ['origin', `https://${evil}`],
      ['referer', `https://${evil}/`],
    ],
  ],
];

/** What Express does with these headers behind `trust proxy`, and Fastify with `trustProxy`, is none of our business. */
const trusting = (app: { getHttpAdapter(): { getInstance(): unknown } }) => {
  const instance = app.getHttpAdapter().getInstance() as { set?: (name: string, value: boolean) => void };
  instance.set?.('trust proxy', true);
};

describe.each(adapters)('spoofed on %s:', (adapter) => {
  const target = targetOn(adapter, { configure: adapter === 'express' ? trusting : () => undefined });

  const ask = async (app: Attacked, headers: [string, string][], request: RawRequest) =>
    wireAnswerOf(await rawRequest(app.url, { ...request, headers: [...headers, ...(request.headers ?? [])] }));
  const loginPath = (redirectUri: string) => `/auth/v2/login?redirect_uri=${encodeURIComponent(redirectUri)}`;

  describe.each(spoofed)('%s', (_, headers) => {
    it('is not where a log-in comes back to, and changes no cookie', async () => {
      const own = target.client.url('/auth/v2/callback');
      const answer = await ask(target.app, headers, { path: loginPath(own) });
      const location = new URL(answer.headers.get('location') ?? '');
      expect({ status: answer.status, origin: location.origin }).toEqual({ status: 302, origin: target.stub.issuer });
      expect(location.searchParams.get('redirect_uri')).toBe(own);
      expect(answer.headers.get('set-cookie')).toMatch(
        /^oidc-auth-[a-z0-9]+-[0-9a-f]{12}=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/,
      );
      expect([...answer.headers].join()).not.toContain(evil);
    });

    it('is no target of a log-in', async () => {
      for (const uri of [`http://${evil}/auth/v2/callback`, `https://${evil}/auth/v2/callback`]) {
        const request = () => ask(target.app, headers, { path: loginPath(uri) });
        await expectRefused(target.app, request, badRequest('redirect_uri_not_allowed'));
      }
    });

    it('is not where a log-out goes on to', async () => {
      const bearer: [string, string] = ['authorization', `Bearer ${await target.stub.accessToken()}`];
      const request = { method: 'POST', path: '/auth/v2/logout', headers: [bearer] };
      const { status, json } = await ask(target.app, headers, request);
      expect({ status, url: String(json.logout_url).split('?')[0] }).toEqual({
        status: 200,
        url: target.client.url('/auth/v2/logout'),
      });
    });

    it('is no audience, issuer or address of the provider', async () => {
      const calls = target.stub.requests.length;
      const bearer: [string, string] = ['authorization', `Bearer ${await target.stub.accessToken()}`];
      const { status, json } = await ask(target.app, headers, { path: '/door', headers: [bearer] });
      expect({ status, ...json }).toEqual({ status: 200, sub: 'stub-user' });
      for (const { headers: sent } of target.stub.requests.slice(calls)) expect(JSON.stringify(sent)).not.toMatch(evil);
    });

    it('is nothing, either, where the application does not know its public URL', async () => {
      const app = await target.boot({
        auth: { baseUrl: undefined },
        configure: adapter === 'express' ? trusting : () => undefined,
      });
      const path = loginPath(`http://${evil}/auth/v2/callback`);
      await expectRefused(app, () => ask(app, headers, { path }), badRequest('redirect_uri_not_allowed'));
      const bearer: [string, string] = ['authorization', `Bearer ${await target.stub.accessToken()}`];
      const { json } = await ask(app, headers, { method: 'POST', path: '/auth/v2/logout', headers: [bearer] });
      expect(json.logout_url).toMatch(/^\/auth\/v2\/logout\?ticket=[\w.-]+$/);
    });
  });
});

describe.each(adapters)('spoofed path on %s:', (adapter) => {
  const target = targetOn(adapter);

  it.each([
    '//evil.example.org/auth/v2/logout',
    '/\\evil.example.org/auth/v2/logout',
    '/auth/v2/logout/',
    '/auth/v2/logout//evil.example.org',
    '/auth/v2/%2e%2e/v2/logout',
    '/auth/v2/logout;x=//evil.example.org',
    '/auth/v2/logout%3fx',
    'http://evil.example.org/auth/v2/logout',
    'http://evil.example.org//auth/v2/logout',
  ])('%s sends no browser elsewhere', async (path) => {
    const app = await target.boot({ auth: { baseUrl: undefined } });
    const headers: [string, string][] = [['authorization', `Bearer ${await target.stub.accessToken()}`]];
    const { status, json } = wireAnswerOf(await rawRequest(app.url, { method: 'POST', path, headers }));
    expect([200, 400, 404]).toContain(status);
    if (status === 200) expect(json.logout_url).toMatch(/^\/auth\/v2\/logout\/?\?ticket=[\w.-]+$/);
    else expect(json.logout_url).toBeUndefined();
    await target.expectGenuine();
  });
});
