import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { badRequest, expectRefused, targetOn } from './support/target.js';

const evil = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  'https:evil.example',
  'https:/evil.example/',
  'https:///evil.example/',
  'https://evil.example/',
  'HTTPS://app.example.org/done',
  'https://app.example.org/done/',
  'https://app.example.org/done?x=1',
  'https://app.example.org/done#x',
  'https://app.example.org/done%2f..%2fevil',
  'https://app.example.org/x/../done',
  'https://app.example.org:443/done',
  'https://app.example.org.evil.example/done',
  'https://app.example.org@evil.example/done',
  'https://user:pw@app.example.org/done',
  'https://evil.example\\@app.example.org/done',
  ' https://app.example.org/done',
  'https://app.example.org/done ',
  'https://app.example.org/done\t',
  'https://app.example.org/done\r\nLocation: https://evil.example',
  'https://app.example.org/done%0d%0aSet-Cookie:a=b',
  'https://app\u3002example\u3002org/done',
  'https://\uff41pp.example.org/done',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'ftp://127.0.0.1/x',
  'com.evil.app:/callback',
  'http://evil.example/callback',
  'http://localhost.evil.example/callback',
  'http://127.0.0.1.evil.example/callback',
  'http://localhost:80@evil.example/callback',
  'http://127.0.0.1@evil.example/callback',
  'http://evil.example#@127.0.0.1/callback',
  'http://127.0.0.1:53100\\@evil.example/callback',
  'http://127.1/callback',
  'http://2130706433/callback',
  'http://0x7f.0.0.1/callback',
  'http://0.0.0.0/callback',
  'http://[::ffff:127.0.0.1]/callback',
  'http://127.0.0.2/callback',
  'http://localhost./callback',
  'http://LOCALHOST/callback',
  'http://127\u30020\u30020\u30021/callback',
  'https://127.0.0.1/callback',
  'http://127.0.0.1:53100',
  'http://127.0.0.1:53100/callback?next=https://evil.example',
  `http://127.0.0.1:53100/${'x'.repeat(600)}`,
  '[object Object]',
  'null',
];
const good = [
  'https://app.example.org/done',
  'http://127.0.0.1:53100/callback',
  'http://localhost:1/',
  'http://[::1]:9/x',
];

describe.each(adapters)('open redirects on %s', (adapter) => {
  const listed = ['https://app.example.org/done'];
  const target = targetOn(adapter, { auth: { redirectUris: listed, postLogoutRedirectUris: listed } });

  describe.each(['login', 'logout'] as const)('through %s', (endpoint) => {
    const name = endpoint === 'login' ? 'redirect_uri' : 'post_logout_redirect_uri';
    const ask = (uri: string) => target.client.get(`/auth/v2/${endpoint}`, { [name]: uri });
    const expectNowhere = async (uri: string) => {
      await expectRefused(
        target.app,
        async () => {
          const answer = await ask(uri);
          expect(answer.headers.get('location')).toBeNull();
          return answer;
        },
        // what is no printable text is refused before it is looked at as a target
        badRequest(/^[\x20-\x7e]{1,512}$/.test(uri) ? 'redirect_uri_not_allowed' : 'invalid_parameter'),
      );
    };

    it.each(evil)('%j', async (uri) => {
      await expectNowhere(uri);
    });

    it.each(good)('and lets %j pass', async (uri) => {
      const { status, headers } = await ask(uri);
      expect(status).toBe(302);
      expect(new URL(headers.get('location') ?? '').searchParams.get(name)).toBe(uri);
    });

    describe('with the provider down', () => {
      beforeAll(() => target.stub.down());
      afterAll(() => target.stub.up());

      it.each(evil)('%j', async (uri) => {
        await expectNowhere(uri);
      });
    });
  });

  it('through the token endpoint, which redeems no code for such a target', async () => {
    const calls = target.stub.calls('token');
    const form = { code: 'x', code_verifier: 'v'.repeat(43) };
    for (const redirect_uri of evil) {
      expect((await target.client.post('/auth/v2/token', { ...form, redirect_uri })).status).toBe(400);
    }
    expect(target.stub.calls('token')).toBe(calls);
  });

  it('through Host, X-Forwarded-Host and X-Forwarded-Proto', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    };
    const own = target.client.url('/auth/v2/callback');
    const login = await target.client.get('/auth/v2/login', { redirect_uri: own }, { headers });
    expect(new URL(login.headers.get('location') ?? '').searchParams.get('redirect_uri')).toBe(own);
    expect(login.headers.getSetCookie().join()).not.toMatch(/Secure|evil/);
    const spoofed = { redirect_uri: 'https://evil.example/auth/v2/callback' };
    await expectRefused(
      target.app,
      () => target.client.get('/auth/v2/login', spoofed, { headers }),
      badRequest('redirect_uri_not_allowed'),
    );
    const bearer = await target.stub.accessToken();
    const { json } = await target.client.post('/auth/v2/logout', {}, { bearer, headers });
    expect(String(json.logout_url)).toMatch(new RegExp(`^${target.client.url('/auth/v2/logout')}\\?ticket=`));
  });
});
