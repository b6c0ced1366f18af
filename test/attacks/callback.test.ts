import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import type { Fields } from '../support/wire-client.js';
import { begin, callback, grantTo, type Begun } from './support/logins.js';
import { badRequest, expectRefused, targetOn } from './support/target.js';

const spa = 'https://spa.example.org/in';

describe.each(adapters)('our own callback on %s:', (adapter) => {
  const target = targetOn(adapter, { auth: { redirectUris: [spa] } });
  const beginOwn = () => begin(target.client, target.client.url('/auth/v2/callback'));
  const visit = (query: Fields, { cookie }: Begun) =>
    target.client.get('/auth/v2/callback', query, { headers: { cookie } });
  const expectStillGood = async (begun: Begun) => {
    grantTo(target, begun);
    expect((await callback(target.app, begun)).status).toBe(200);
  };

  it.each(['code', 'state', 'iss', 'error', 'x'])('%s repeated: the log-in stays as it is', async (name) => {
    const begun = await beginOwn();
    const query: Fields = [
      ['code', 'a-code'],
      ['state', begun.state],
      ['iss', target.stub.issuer],
      [name, 'https://evil.example.org'],
      ...(name === 'error' || name === 'x' ? [[name, 'again'] as [string, string]] : []),
    ];
    await expectRefused(target.app, () => visit(query, begun), badRequest('repeated_parameter'));
    await expectStillGood(begun);
  });

  it.each([
    ['an array', 'state[]', 'missing_parameter'],
    ['another case', 'State', 'missing_parameter'],
    ['a line break at its end', 'state\n', 'missing_parameter'],
  ])('a state under a name with %s', async (_, name, reason) => {
    const begun = await beginOwn();
    const ask = () => visit({ code: 'a-code', [name]: begun.state }, begun);
    await expectRefused(target.app, ask, badRequest(reason));
    await expectStillGood(begun);
  });

  it.each([
    ['a NUL', '\0'],
    ['a line break', '\r\n'],
    ['an umlaut', '\u00e4'],
    ['half of a surrogate pair', '\ud800'],
    ['a soft hyphen', '\u00ad'],
  ])('a state, code and iss with %s', async (_, odd) => {
    const begun = await beginOwn();
    for (const name of ['state', 'code', 'iss', 'error']) {
      const query = { code: 'a-code', state: begun.state, iss: target.stub.issuer, [name]: `a${odd}b` };
      await expectRefused(target.app, () => visit(query, begun), badRequest('invalid_parameter'));
    }
    await expectStillGood(begun);
  });

  it('a code of 13,000 characters', async () => {
    const begun = await beginOwn();
    // more than Node reads as a request line and header by default would be refused before
    const query = { code: 'c'.repeat(12_300), state: begun.state };
    await expectRefused(target.app, () => visit(query, begun), badRequest('invalid_parameter'));
    await expectStillGood(begun);
  });

  it('an error that another issuer sends: its words are not passed on', async () => {
    const query = (begun: Begun) => ({ error: 'access_denied', state: begun.state, iss: 'https://evil.example.org' });
    const begun = await beginOwn();
    await expectRefused(target.app, () => visit(query(begun), begun), badRequest('issuer_mismatch'));
    await expectStillGood(await beginOwn());
  });

  it('HEAD: refused, and the log-in stays as it is', async () => {
    const begun = await beginOwn();
    const calls = target.stub.calls('token');
    for (const path of ['/auth/v2/callback', '/auth/v2/login', '/auth/v2/logout']) {
      const query = { code: 'a-code', state: begun.state, iss: target.stub.issuer };
      const { status, headers } = await target.client.head(path, query, { headers: { cookie: begun.cookie } });
      expect({ status, allow: headers.get('allow'), cookies: headers.getSetCookie() }).toEqual({
        status: 405,
        allow: 'GET',
        cookies: [],
      });
      expect(target.app.refused.at(-1)).toMatchObject({ reason: 'method_not_allowed', error: 'invalid_request' });
    }
    expect(target.stub.calls('token')).toBe(calls);
    await expectStillGood(begun);
  });

  it.each([
    ['access_denied', 'access_denied'],
    ['<script>alert(1)</script>', 'server_error'],
    ['Access_Denied', 'server_error'],
    ['a"b', 'server_error'],
    ['x'.repeat(65), 'server_error'],
    ['__proto__', '__proto__'],
  ])('the error %j', async (error, told) => {
    const begun = await beginOwn();
    const description = 'go to https://evil.example.org';
    const query = { error, error_description: description, error_uri: description, code: 'a-code', state: begun.state };
    const calls = target.stub.calls('token');
    let text = '';
    await expectRefused(
      target.app,
      async () => {
        const answer = await visit(query, begun);
        text = answer.text;
        return answer;
      },
      { status: 400, error: told, reason: 'authorization_refused' },
    );
    expect(text).not.toMatch(/evil|<script/);
    expect(target.stub.calls('token')).toBe(calls);
    await expectStillGood(await beginOwn());
  });

  it('a state that belongs to a target on the list, with its cookie', async () => {
    const begun = await begin(target.client, spa);
    await expectRefused(target.app, () => callback(target.app, begun), badRequest('state_not_for_this_target'));
    await expectStillGood(await beginOwn());
  });

  describe('cookies', () => {
    const nameOf = ({ cookie }: Begun) => cookie.split('=')[0] ?? '';
    const valueOf = ({ cookie }: Begun) => cookie.split('=')[1] ?? '';

    it.each([
      ['no value', (begun: Begun) => `${nameOf(begun)}=`],
      ['no equals sign', nameOf],
      ['the value in quotes', (begun: Begun) => `${nameOf(begun)}="${valueOf(begun)}"`],
      ['the name in upper case', (begun: Begun) => `${nameOf(begun).toUpperCase()}=${valueOf(begun)}`],
      ['a name that only ends like it', (begun: Begun) => `x${begun.cookie}`],
      ['a name that only begins like it', (begun: Begun) => `${nameOf(begun)}x=${valueOf(begun)}`],
      ['a later one of the same name', (begun: Begun) => `${begun.cookie}; ${nameOf(begun)}=tossed`],
      ['the value under another attempt', (begun: Begun) => `oidc-auth-aaaaaa-000000000000=${valueOf(begun)}`],
      ['__proto__', () => 'oidc-auth-__proto__=x; __proto__=x'],
    ])('with %s', async (_, cookie) => {
      const begun = await beginOwn();
      const forged = { ...begun, cookie: cookie(begun) };
      await expectRefused(target.app, () => callback(target.app, forged), badRequest('state_cookie_missing'));
      await expectStillGood(begun);
    });

    it('that a site on plain http tossed do not count, where the application is on https', async () => {
      const app = await target.boot({ auth: { baseUrl: 'https://app.example.org' } });
      const begun = await begin(app.client, 'https://app.example.org/auth/v2/callback');
      expect(begun.cookie).toMatch(/^__Host-oidc-auth-/);
      grantTo(target, begun);
      const tossed = { ...begun, cookie: begun.cookie.replace('__Host-', '') };
      await expectRefused(app, () => callback(app, tossed), badRequest('state_cookie_missing'));
      const spaced = { ...begun, cookie: begun.cookie.replace('__Host-', '__Host- ') };
      await expectRefused(app, () => callback(app, spaced), badRequest('state_cookie_missing'));
      expect((await callback(app, begun)).status).toBe(200);
    });

    it('of more attempts than a browser has under way: the oldest are deleted, one is set', async () => {
      const many = Array.from({ length: 150 }, (_, at) => `oidc-auth-${at.toString(36)}-00000000000${at % 10}=x`);
      const answer = await target.client.get(
        '/auth/v2/login',
        { redirect_uri: target.client.url('/auth/v2/callback') },
        { headers: { cookie: many.join('; ') } },
      );
      expect(answer.status).toBe(302);
      const [deleted, set] = [/=; Max-Age=0;/, /=[\w-]{43}; Max-Age=600;/].map((pattern) =>
        answer.headers.getSetCookie().filter((line) => pattern.test(line)),
      );
      expect({ deleted: deleted?.length, set: set?.length }).toEqual({ deleted: 143, set: 1 });
    });

    it('whose names hold a line break or semicolon are not sent back', async () => {
      const cookie = 'oidc-auth-a%0d%0aSet-Cookie:x=1; oidc-auth-../../x=1; oidc-auth-A-000000000000=1';
      const answer = await target.client.get(
        '/auth/v2/login',
        { redirect_uri: target.client.url('/auth/v2/callback') },
        { headers: { cookie } },
      );
      expect(answer.headers.getSetCookie()).toEqual([
        expect.stringMatching(/^oidc-auth-[a-z0-9]+-[0-9a-f]{12}=[\w-]{43}; /),
      ]);
    });
  });
});
