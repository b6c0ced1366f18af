import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { json } from '../support/faults.js';
import { badAnswer, badGrant, expectRefused, targetOn, unavailable } from './support/target.js';

const MILLION = 1_000_000;

describe.each(adapters)('a provider whose answers lie, on %s', (adapter) => {
  const target = targetOn(adapter);
  const refresh = () => target.client.post('/auth/v2/token', { refresh_token: 'r' });
  const start = () => target.client.post('/auth/v2/device');
  const device = { device_code: 'd', user_code: 'u', verification_uri: 'https://idp.example.org/', expires_in: 60 };

  describe('about tokens', () => {
    it.each([
      { token_type: 'DPoP' },
      { token_type: 'mac' },
      { token_type: undefined },
      { expires_in: 'soon' },
      { expires_in: -5 },
      { access_token: '' },
      { access_token: ['a'] },
      { access_token: 'two\r\nlines' },
      { refresh_token: 5 },
      { refresh_token: '' },
      { scope: 5 },
      { id_token: 5 },
      { id_token: '' },
      { id_token: 'no.token' },
      { id_token: 'a.b.c.d.e' },
    ])('%j', async (lie) => {
      target.stub.on('token', async () => ({ ...(await target.stub.tokens()), ...lie }));
      await expectRefused(target.app, refresh, badAnswer('provider_answer_invalid'));
      target.stub.restore('token');
      expect((await refresh()).status).toBe(200);
    });

    it.each([
      { expires_in: 1e300 },
      { refresh_expires_in: 1e300 },
      { refresh_expires_in: -1 },
      { refresh_expires_in: 'soon' },
      { refresh_expires_in: [] },
    ])('%j: times stay times', async (lie) => {
      target.stub.on('token', async () => ({ ...(await target.stub.tokens()), ...lie }));
      const { status, json: body, made } = await refresh();
      const { expires, refresh_expires } = body as { expires?: number; refresh_expires?: number };
      if (status !== 200) expect({ status, error: body.error }).toEqual({ status: 502, error: 'server_error' });
      for (const time of [expires, refresh_expires].filter((one) => one !== undefined)) {
        expect(time).toBeGreaterThan(made[0]);
        expect(Number.isSafeInteger(time)).toBe(true);
      }
    });

    it.each(['__proto__', 'constructor', 'toString', '', 'x'.repeat(400)])('error %j', async (error) => {
      target.stub.on('token', json({ error }, 400));
      const reason = 'provider_answer_invalid';
      await expectRefused(target.app, refresh, badAnswer(reason));
      target.stub.on('token', json({ error: 'invalid_grant' }, 400));
      await expectRefused(target.app, refresh, badGrant('grant_refused'));
    });
  });

  describe('about a device', () => {
    it.each([
      { verification_uri: 'javascript:alert(1)' },
      { verification_uri: 'https://idp.example.org/\r\nSet-Cookie: a=b' },
      { verification_uri: 5 },
      { verification_uri_complete: 'data:text/html,x' },
      { verification_uri_complete: 'file:///etc/passwd' },
      { user_code: '' },
      { user_code: 5 },
      { expires_in: -5 },
      { interval: -5 },
    ])('%j', async (lie) => {
      target.stub.on('device', json({ ...device, ...lie }));
      await expectRefused(target.app, start, badAnswer('provider_answer_invalid'));
      target.stub.restore('device');
      expect((await start()).status).toBe(200);
    });
  });

  it('about a device: a code that would be too long to come back', async () => {
    target.stub.on('device', json({ ...device, device_code: 'd'.repeat(20_000) }));
    await expectRefused(target.app, start, badAnswer('provider_answer_invalid'));
  });

  describe('at length', () => {
    it('50 MB of spaces in a compressed key set', async () => {
      const bomb = gzipSync(Buffer.alloc(50 * MILLION, ' '));
      const fields = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      target.stub.on('jwks', (_, response) => void response.writeHead(200, fields).end(bomb));
      const app = await target.boot();
      const bearer = await target.stub.accessToken();
      const ask = () => app.client.get('/door', {}, { bearer });
      await expectRefused(app, ask, unavailable('provider_answer_too_large'));
      await target.expectGenuine();
    });

    it.each([
      ['issuer', { issuer: `https://evil.example.org/${'x\n'.repeat(MILLION / 4)}` }],
      ['endpoint', { token_endpoint: `http://evil.example.org/${'x\n'.repeat(MILLION / 4)}` }],
    ])('an %s that would fill the log', async (_, lie) => {
      target.stub.on('discovery', json({ ...target.stub.metadata, ...lie }));
      const app = await target.boot();
      const bearer = await target.stub.accessToken();
      await expectRefused(app, () => app.client.get('/door', {}, { bearer }), unavailable('provider_metadata_invalid'));
      expect(app.failed.at(-1)?.message.length).toBeLessThan(4_096);
      expect(app.logs.text('warn').length).toBeLessThan(8_192);
      await target.expectGenuine();
    });
  });
});
