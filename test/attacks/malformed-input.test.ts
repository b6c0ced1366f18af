import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { jsonOf, loopbackTarget } from '../support/wire-client.js';
import { badRequest, expectRefused, targetOn } from './support/target.js';

const form = 'application/x-www-form-urlencoded';

describe.each(adapters)('malformed input on %s', (adapter) => {
  const target = targetOn(adapter);
  const get = (pathAndQuery: string) => fetch(target.client.base + pathAndQuery, { redirect: 'manual' }).then(answerOf);
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>, type: string = form) =>
    fetch(target.client.base + path, { method: 'POST', body, headers: { 'content-type': type } }).then(answerOf);

  const login = `/auth/v2/login?redirect_uri=${encodeURIComponent(loopbackTarget)}`;

  it.each([
    ['a repeated parameter', `${login}&redirect_uri=${encodeURIComponent(loopbackTarget)}`, 'repeated_parameter'],
    ['a repeated unknown parameter', `${login}&x=1&x=2`, 'repeated_parameter'],
    ['an array', '/auth/v2/login?redirect_uri[]=http://127.0.0.1/', 'missing_parameter'],
    ['an object', '/auth/v2/login?redirect_uri[a]=http://127.0.0.1/', 'missing_parameter'],
    ['an empty value', '/auth/v2/login?redirect_uri=', 'missing_parameter'],
    ['no value', '/auth/v2/login?redirect_uri', 'missing_parameter'],
    ['a NUL', `${login}&acr_values=a%00b`, 'invalid_parameter'],
    ['a line break', `${login}&acr_values=a%0d%0ab`, 'invalid_parameter'],
    ['half of a surrogate pair', `${login}&acr_values=%ED%A0%80`, 'invalid_parameter'],
    ['a broken escape', `${login}&prompt=%E0%A4%A`, 'invalid_parameter'],
    ['an unknown prompt', `${login}&prompt=everything`, 'invalid_parameter'],
    ['prompt=__proto__', `${login}&prompt=__proto__`, 'invalid_parameter'],
    ['offline_access=maybe', `${login}&offline_access=maybe`, 'invalid_parameter'],
    ['a scope with a quote', `${login}&scope=a%22b`, 'invalid_parameter'],
    ['a scope that is too long', `${login}&scope=${'x'.repeat(1_100)}`, 'invalid_parameter'],
    ['a login_hint with control characters', `${login}&login_hint=a%07`, 'invalid_parameter'],
    ['a plain code_challenge', `${login}&code_challenge=${'x'.repeat(43)}`, 'invalid_parameter'],
    ['a short code_challenge', `${login}&code_challenge=x&code_challenge_method=S256`, 'invalid_parameter'],
    ['state without code_challenge', `${login}&state=x`, 'contradicting_parameters'],
  ])('in the query: %s', async (_, path, reason) => {
    await expectRefused(target.app, () => get(path), badRequest(reason));
  });

  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'])(
    'a query parameter %s',
    async (name) => {
      const answer = await get(`${login}&${name}[polluted]=1&${name}.polluted=1&${name}=1`);
      expect(answer.status).toBe(302);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
  );

  it.each([
    ['a repeated parameter', 'refresh_token=a&refresh_token=b', 'repeated_parameter'],
    ['two spellings, two values', 'refresh_token=a&refresh-token=b', 'contradicting_parameters'],
    ['two grants', 'refresh_token=a&device_code=b', 'contradicting_parameters'],
    ['a grant_type that contradicts', 'grant_type=authorization_code&refresh_token=a', 'contradicting_parameters'],
    ['a grant without its value', 'grant_type=refresh_token', 'missing_parameter'],
    ['nothing', '', 'missing_parameter'],
    ['a code without redirect_uri', 'code=a&code_verifier=b', 'missing_parameter'],
    ['a code without verifier', 'code=a&redirect_uri=http://127.0.0.1:1/', 'missing_parameter'],
    ['a NUL', 'refresh_token=a%00', 'invalid_parameter'],
    ['a token that is too long', `refresh_token=${'a'.repeat(13_000)}`, 'invalid_parameter'],
    ['more than 64 KiB', `refresh_token=${'a'.repeat(70_000)}`, 'body_too_large'],
  ])('in the form: %s', async (_, body, reason) => {
    await expectRefused(target.app, () => post('/auth/v2/token', body), badRequest(reason));
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString'])('a form field %s', async (name) => {
    const answer = await post('/auth/v2/token', `${name}[polluted]=1&refresh_token=a`);
    expect(answer.status).toBeLessThan(500);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each(['password', 'client_credentials', '__proto__', 'constructor', 'toString', 'x'.repeat(400)])(
    'grant_type=%s',
    async (grant_type) => {
      await expectRefused(target.app, () => target.client.post('/auth/v2/token', { grant_type, refresh_token: 'x' }), {
        status: 400,
        error: 'unsupported_grant_type',
        reason: 'unsupported_grant_type',
      });
    },
  );

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/xml', 'nonsense'])(
    'a body of type %s',
    async (type) => {
      for (const path of ['/auth/v2/token', '/auth/v2/device', '/auth/v2/logout']) {
        await expectRefused(
          target.app,
          () => post(path, '{"refresh_token":"a"}', type),
          badRequest('unsupported_content_type'),
        );
      }
    },
  );

  it.each(['refresh_token[]=a', 'refresh_token[a]=b', 'refresh_token[0]=a&refresh_token[1]=b'])(
    'in the form, however the parser reads it: %s',
    async (body) => {
      const answer = await post('/auth/v2/token', body);
      expect({ status: answer.status, error: jsonOf(answer.text).error }).toEqual({
        status: 400,
        error: 'invalid_request',
      });
    },
  );

  it('a body that is no UTF-8', async () => {
    const answer = await post('/auth/v2/token', new Uint8Array([0x72, 0x3d, 0xff, 0xfe, 0x00]));
    expect({ status: answer.status, error: jsonOf(answer.text).error }).toEqual({
      status: 400,
      error: 'invalid_request',
    });
  });
});

async function answerOf(response: Response) {
  return { status: response.status, headers: response.headers, text: await response.text() };
}
