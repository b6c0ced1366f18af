import { describe, expect, it } from '@jest/globals';
import { until } from '../../processes/support/until.js';
import { Browser } from '../../support/browser.js';
import { expectSecondsAfter, expectTokens, expectWireError } from '../../support/expect-wire.js';
import type { WireAnswer } from '../../support/wire-client.js';
import { modes, type KeycloakApp } from './support/apps.js';
import { refreshAt, tokensOf } from './support/log-in.js';
import { answerPages } from './support/pages.js';
import type { Site } from './support/site.js';

/** The realm demands PKCE on this flow, too. */
export function deviceFlow(site: () => Site): void {
  describe.each(modes)('a log-in on a device at Keycloak, in %s mode,', (mode) => {
    const app = () => site().apps[mode];

    it.each([undefined, 'command-line'] as const)(
      'is pending until the user has approved, and ends in tokens that work; client %p',
      async (client) => {
        const device = client ? await site().boot(mode, { client }) : app();
        const { device_code: code, verification_uri_complete: page } = await start(device);
        expectWireError(await poll(device, code), 400, 'authorization_pending');
        await until('Keycloak finds it too often', async () => (await poll(device, code)).json.error === 'slow_down');
        await answerPages(new Browser(), page, { user: 'bob' });
        const answer = await outcome(device, code);
        expectTokens(answer, true);
        const { access, refresh } = tokensOf(answer);
        expect((await device.client.get('/me', {}, { bearer: access })).json.preferred_username).toBe('bob');
        expectTokens(await refreshAt(device, refresh), true);
        expectWireError(await outcome(device, code), 400, 'invalid_grant');
      },
    );

    it('has offline access', async () => {
      const { device_code: code, verification_uri_complete: page } = await start(app());
      await answerPages(new Browser(), page);
      const answer = await outcome(app(), code);
      expect(String(answer.json.scope).split(' ')).toContain('offline_access');
      expectSecondsAfter(answer, answer.json.refresh_expires, 2_592_000);
    });

    it('is over once the user has said no', async () => {
      const { device_code: code, verification_uri_complete: page } = await start(app());
      await answerPages(new Browser(), page, { deny: true });
      expectWireError(await outcome(app(), code), 400, 'access_denied');
    });

    it('is not offered where Keycloak has it off for the client', async () => {
      const other = await site().boot(mode, { client: 'browser-only' });
      expectWireError(await other.client.post('/auth/v2/device'), 503, 'unsupported_grant_type');
    });

    it('is not to be had without PKCE', async () => {
      const other = await site().boot(mode, { auth: { devicePkce: false } });
      expectWireError(await other.client.post('/auth/v2/device'), 503, 'unsupported_grant_type');
    });
  });
}

async function start({ client }: KeycloakApp): Promise<{ device_code: string; verification_uri_complete: string }> {
  const { json } = await client.post('/auth/v2/device');
  expect(json).toEqual({
    device_code: expect.any(String),
    user_code: expect.any(String),
    verification_uri: expect.stringContaining('http://127.0.0.1:'),
    verification_uri_complete: expect.stringContaining(String(json.user_code)),
    expires_in: 600,
    interval: 1,
  });
  return { device_code: String(json.device_code), verification_uri_complete: String(json.verification_uri_complete) };
}

function poll({ client }: KeycloakApp, code: string): Promise<WireAnswer> {
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code };
  return client.post('/auth/v2/token', form);
}

/** What comes of it in the end: whoever asks too often is told so, and may go on asking. */
function outcome(app: KeycloakApp, code: string): Promise<WireAnswer> {
  return until('Keycloak knows what the user has decided', async () => {
    const answer = await poll(app, code);
    return answer.json.error !== 'slow_down' && answer;
  });
}
