import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { wireAnswerOf } from '../support/expect-wire.js';
import { rawRequest, type RawRequest } from '../support/raw-http.js';
import { badRequest, expectRefused, targetOn } from './support/target.js';

const formType = ['content-type', 'application/x-www-form-urlencoded'] as const;

/** A body in one chunk, whose length nobody announces. */
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

describe.each(adapters)('what a client writes into the request line on %s', (adapter) => {
  const target = targetOn(adapter);

  /** An application that does not know its public URL, asked for `path` in absolute form (RFC 9112, section 3.2.2). */
  const ask = async (request: RawRequest) => {
    const app = await target.boot({ auth: { baseUrl: undefined } });
    return { app, answer: wireAnswerOf(await rawRequest(app.url, request)) };
  };

  it('a host in it is not where a log-out continues', async () => {
    const bearer = await target.stub.accessToken();
    const { answer } = await ask({
      method: 'POST',
      path: 'http://evil.example.org/auth/v2/logout',
      headers: [['authorization', `Bearer ${bearer}`]],
    });
    expect(answer.status).toBe(200);
    expect(String(answer.json.logout_url)).toMatch(/^\/auth\/v2\/logout\?ticket=/);
    await target.expectGenuine();
  });

  it('what stands before the path is neither logged nor told', async () => {
    const { app, answer } = await ask({ path: 'http://me:my-password@evil.example.org/auth/v2/login' });
    expect(answer.status).toBe(400);
    expect(app.refused.at(-1)).toMatchObject({ reason: 'missing_parameter', handler: '/auth/v2/login' });
    expect(app.logs.text() + JSON.stringify(app.refused)).not.toMatch(/evil|my-password/);
  });

  it('a spelling of the path that the router takes, too, makes no new name in events', async () => {
    const { app, answer } = await ask({ path: adapter === 'express' ? '/AUTH/v2/LOGIN/' : '/auth/v2/%6cogin' });
    expect(answer.status).toBe(400);
    expect(app.refused.map(({ handler }) => handler)).toEqual(['/auth/v2/login']);
  });
});

describe.each(adapters)('a form that is too large on %s', (adapter) => {
  const target = targetOn(adapter);
  const large = `refresh_token=x&filler=${'x'.repeat(70_000)}`;
  const post = (request: RawRequest) => () =>
    rawRequest(target.app.url, { method: 'POST', path: '/auth/v2/token', ...request }).then(wireAnswerOf);

  it('with its length', async () => {
    await expectRefused(target.app, post({ headers: [formType], body: large }), badRequest('body_too_large'));
    expect(target.stub.calls('token')).toBe(0);
    await target.expectGenuine();
  });

  it('in chunks that announce no length', async () => {
    const request = { headers: [formType, ['transfer-encoding', 'chunked']] as const, body: chunked(large) };
    await expectRefused(target.app, post(request), badRequest('body_too_large'));
    expect(target.stub.calls('token')).toBe(0);
    await target.expectGenuine();
  });
});
