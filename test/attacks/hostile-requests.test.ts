import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { wireAnswerOf } from '../support/expect-wire.js';
import { rawRequest, type RawRequest } from '../support/raw-http.js';
import { badRequest, expectRefused, targetOn } from './support/target.js';

const FORM = 'application/x-www-form-urlencoded';
const refresh = 'grant_type=refresh_token&refresh_token=r';

describe.each(adapters)('a hostile request on %s:', (adapter) => {
  const target = targetOn(adapter);

  const send = async (request: RawRequest) => wireAnswerOf(await rawRequest(target.app.url, request));
  const post = (
    body: string | Buffer,
    headers: [string, string][] = [['content-type', FORM]],
    path = '/auth/v2/token',
  ) => send({ method: 'POST', path, headers, body });
  const expectGenuine = async () => expect((await post(refresh)).status).toBe(200);
  /** Refused in the wire's format, for one of these reasons, without a request to the provider. */
  const expectNothingAsked = async (ask: () => ReturnType<typeof send>, ...reasons: string[]) => {
    const [told, calls] = [target.app.refused.length, target.stub.calls('token')];
    const { status, json } = await ask();
    expect({ status, ...json }).toEqual({
      status: 400,
      error: 'invalid_request',
      error_description: expect.any(String),
      detail: json.error_description,
    });
    expect(target.app.refused.slice(told)).toHaveLength(1);
    expect(reasons).toContain(target.app.refused.at(-1)?.reason);
    expect(target.stub.calls('token')).toBe(calls);
    await expectGenuine();
  };

  it.each([
    ['JSON', 'application/json', '{"grant_type":"refresh_token","refresh_token":"r"}'],
    ['JSON that is broken', 'application/json', '{"refresh_token":'],
    ['JSON with a prototype', 'application/json', '{"__proto__":{"refresh_token":"r"}}'],
    ['JSON of a vendor', 'application/vnd.api+json', '{"refresh_token":"r"}'],
    [
      'a form in parts',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="refresh_token"\r\n\r\nr\r\n--x--',
    ],
    ['a form in parts without boundary', 'multipart/form-data', refresh],
    ['XML', 'application/xml', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['text', 'text/plain', refresh],
    ['bytes', 'application/octet-stream', refresh],
    ['nothing known', 'x/y', refresh],
    ['no type at all', ';', refresh],
    ['two types', `${FORM}, application/json`, refresh],
    ['a type that begins like a form', `${FORM}x`, refresh],
  ])('a body of %s', async (_, type, body) => {
    for (const path of ['/auth/v2/token', '/auth/v2/device', '/auth/v2/logout']) {
      const ask = () => post(body, [['content-type', type]], path);
      await expectNothingAsked(ask, 'unsupported_content_type', 'malformed_request');
    }
  });

  it.each(['utf-16', 'utf-16le', 'x-user-defined', 'utf-7', 'latin99'])('a form in the charset %s', async (charset) => {
    const asked = target.stub.calls('token');
    const answer = await post(refresh, [['content-type', `${FORM}; charset=${charset}`]]);
    // read as ASCII or refused: never taken for something else
    if (answer.status === 200) expect(target.stub.requestsTo('token').at(-1)?.form.get('refresh_token')).toBe('r');
    else expect({ status: answer.status, error: answer.json.error }).toEqual({ status: 400, error: 'invalid_request' });
    expect(target.stub.calls('token')).toBe(answer.status === 200 ? asked + 1 : asked);
    await expectGenuine();
  });

  it.each([
    ['a compressed form', gzipSync(refresh), 'gzip'],
    ['a compressed form of 20 MB', gzipSync(Buffer.alloc(20_000_000, 'x')), 'gzip'],
    ['another compression', deflateSync(refresh), 'deflate'],
    ['a compression that nobody knows', Buffer.from(refresh), 'lzw'],
    ['a compression that it has not', Buffer.from(refresh), 'gzip'],
  ])('%s', async (_, body, encoding) => {
    const headers: [string, string][] = [
      ['content-type', FORM],
      ['content-encoding', encoding],
    ];
    const calls = target.stub.calls('token');
    const answer = await post(body, headers);
    const asked = target.stub.requestsTo('token').slice(calls);
    // read for what it is, or refused
    if (answer.status === 200) expect(asked.map(({ form }) => form.get('refresh_token'))).toEqual(['r']);
    else {
      expect({ status: answer.status, error: answer.json.error, asked }).toEqual({
        status: 400,
        error: 'invalid_request',
        asked: [],
      });
    }
    await expectGenuine();
  });

  it.each([
    ['a surrogate in plain bytes', Buffer.from([...Buffer.from('refresh_token=a'), 0xed, 0xa0, 0x80])],
    ['bytes that are no UTF-8', Buffer.from([...Buffer.from('refresh_token='), 0xff, 0xfe])],
    ['a NUL', 'refresh_token=a%00b'],
    ['a plain NUL', 'refresh_token=a\0b'],
    ['a line break', 'refresh_token=a%0D%0Ab'],
    ['a byte order mark', 'refresh_token=%EF%BB%BFr'],
    ['a replacement character', 'refresh_token=%EF%BF%BD'],
    ['a full-width letter', 'refresh_token=%EF%BD%81'],
    ['12,289 characters', `refresh_token=${'r'.repeat(12_289)}`],
  ])('a refresh token with %s', async (_, body) => {
    await expectNothingAsked(() => post(body), 'invalid_parameter', 'malformed_request');
  });

  it.each([
    ['half of a surrogate pair', '%ED%A0%80'],
    ['both halves in the wrong order', '%ED%B0%80%ED%A0%80'],
    ['an overlong slash', '%C0%AF'],
    ['a broken escape', '%E0%A4%A'],
    ['a percent sign alone', '%'],
  ])('a refresh token with %s, escaped', async (_, value) => {
    const calls = target.stub.calls('token');
    const { status, json } = await post(`refresh_token=${value}`);
    const sent = target.stub.requestsTo('token').slice(calls);
    // parsers of the application that cannot decode it leave it as it is: that, or a refusal, and no other text
    if (status === 200) expect(sent.map(({ form }) => form.get('refresh_token'))).toEqual([value]);
    else expect({ status, error: json.error, sent }).toEqual({ status: 400, error: 'invalid_request', sent: [] });
    await expectGenuine();
  });

  it.each([
    ['repeated', `${refresh}&refresh_token=r`, ['repeated_parameter']],
    ['repeated with other values', `${refresh}&refresh_token=q`, ['repeated_parameter']],
    ['repeated under an escaped name', `${refresh}&refresh%5Ftoken=q`, ['repeated_parameter']],
    ['with an unknown one that is repeated', `${refresh}&x=1&x=1`, ['repeated_parameter']],
    ['in both spellings, with other values', `${refresh}&refresh-token=q`, ['contradicting_parameters']],
    ['as a list', 'refresh_token[]=r', ['missing_parameter', 'repeated_parameter']],
    ['as a list by number', 'refresh_token[0]=r&refresh_token[1]=q', ['missing_parameter', 'repeated_parameter']],
    ['as an object', 'refresh_token[x]=r', ['missing_parameter', 'repeated_parameter']],
    ['as a length', 'refresh_token[length]=5', ['missing_parameter', 'repeated_parameter']],
    ['behind a prototype', '__proto__[refresh_token]=r', ['missing_parameter', 'repeated_parameter']],
    ['behind a constructor', 'constructor[prototype][refresh_token]=r', ['missing_parameter', 'repeated_parameter']],
    ['after a semicolon', 'x=1;refresh_token=r', ['missing_parameter']],
    ['in the query alone', '', ['missing_parameter']],
    ['in upper case', 'REFRESH_TOKEN=r', ['missing_parameter']],
    ['with a space before it', '+refresh_token=r', ['missing_parameter']],
    ['that is empty', 'refresh_token=', ['missing_parameter']],
    [
      'with a thousand others',
      Array.from({ length: 1_001 }, (_, at) => `x${at}=1`).join('&'),
      ['missing_parameter', 'body_too_large', 'malformed_request'],
    ],
  ])('a refresh token %s', async (name, body, reasons) => {
    const path = name.includes('query') ? `/auth/v2/token?${refresh}` : '/auth/v2/token';
    await expectNothingAsked(() => post(body, [['content-type', FORM]], path), ...reasons);
    expect(({} as Record<string, unknown>).refresh_token).toBeUndefined();
  });

  it.each(['x-http-method-override', 'x-http-method', 'x-method-override'])('%s makes no GET a POST', async (name) => {
    const answer = await send({ path: '/auth/v2/token', headers: [[name, 'POST']] });
    expect(answer.status).toBe(404);
    expect((await send({ path: `/auth/v2/callback?_method=POST`, headers: [[name, 'POST']] })).status).toBe(400);
    await expectGenuine();
  });

  it('two Authorization headers', async () => {
    const bearer = await target.stub.accessToken();
    const headers: [string, string][] = [
      ['authorization', `Bearer ${bearer}`],
      ['authorization', 'Bearer x'],
    ];
    for (const path of ['/auth/v2/userinfo', '/auth/v2/logout']) {
      await expectRefused(target.app, () => send({ path, headers }), badRequest('authorization_repeated'));
    }
    const ask = () => send({ method: 'POST', path: '/auth/v2/logout', headers });
    await expectRefused(target.app, ask, badRequest('authorization_repeated'));
    await expectGenuine();
  });

  it('a token in the form and another in the header of a log-out', async () => {
    const [one, two] = [await target.stub.accessToken(), await target.stub.accessToken()];
    const revoked = target.stub.calls('revocation');
    const ask = () => target.client.post('/auth/v2/logout', { token: one }, { bearer: two });
    await expectRefused(target.app, ask, badRequest('contradicting_parameters'));
    expect(target.stub.calls('revocation')).toBe(revoked);
    await expectGenuine();
  });

  it('a state that looks like another parameter stays one value on its way to the provider', async () => {
    const odd = 'a&redirect_uri=https://evil.example.org#?x=%00\r';
    const query = { post_logout_redirect_uri: 'http://127.0.0.1:9/out', state: odd };
    await expectRefused(target.app, () => target.client.get('/auth/v2/logout', query), badRequest('invalid_parameter'));
    const printable = odd.slice(0, -1);
    const { headers } = await target.client.get('/auth/v2/logout', { ...query, state: printable });
    const { searchParams } = new URL(headers.get('location') ?? '');
    expect({ state: searchParams.getAll('state'), uri: searchParams.getAll('redirect_uri') }).toEqual({
      state: [printable],
      uri: [],
    });
  });
});
