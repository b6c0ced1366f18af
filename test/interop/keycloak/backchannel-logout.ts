import { describe, expect, it } from '@jest/globals';
import { expectShut } from '../../broker/e2e/support/expect-doors.js';
import { until } from '../../processes/support/until.js';
import { Browser } from '../../support/browser.js';
import { expectTokens, expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import type { KeycloakApp } from './support/apps.js';
import { offlineAccess, refreshAt, tokensAt, type Tokens } from './support/log-in.js';
import type { Site } from './support/site.js';

/** Keycloak tells `the-app` which sessions have ended, as the application in broker mode. */
export function backchannelLogout(site: () => Site): void {
  describe('a log-out that begins at Keycloak', () => {
    const app = () => site().apps.broker;
    /** Logs in at another application, which needs no password, and out again. */
    const logOutElsewhere = async (browser: Browser) => {
      const other = site().apps['pass-through'];
      const { access } = await tokensAt(other, { browser });
      const { json } = await other.client.post('/auth/v2/logout', {}, { bearer: access });
      await browser.visit(String(json.logout_url));
    };

    it('ends the sessions that this browser has here, and no others', async () => {
      const browser = new Browser();
      const first = await tokensAt(app(), { browser });
      const second = await tokensAt(app(), { browser });
      const other = await tokensAt(app());
      const elsewhere = await tokensAt(site().apps['pass-through'], { browser });
      const { json } = await site().apps['pass-through'].client.post(
        '/auth/v2/logout',
        {},
        { bearer: elsewhere.access },
      );
      await browser.visit(String(json.logout_url));
      await expectEnded(app(), first);
      await expectEnded(app(), second);
      expectTokens(await refreshAt(app(), other.refresh), true);
    });

    it('ends all sessions of the user whom the administrator logs out', async () => {
      const hers = [await tokensAt(app()), await tokensAt(app())];
      const his = await tokensAt(app(), { user: 'bob' });
      await site().keycloak.administrator.logOut('alice');
      for (const tokens of hers) await expectEnded(app(), tokens);
      expectTokens(await refreshAt(app(), his.refresh), true);
    });

    it('leaves a session with offline access alone', async () => {
      const browser = new Browser();
      const offline = await tokensAt(app(), { browser, parameters: offlineAccess });
      const online = await tokensAt(app(), { browser });
      await logOutElsewhere(browser);
      await expectEnded(app(), online);
      expect((await app().client.get('/me', {}, { bearer: offline.access })).status).toBe(200);
      expectTokens(await refreshAt(app(), offline.refresh), true);
    });

    it('is known to every pod within sessionCheckInterval', async () => {
      const { store } = site();
      const pod = await site().boot('broker', {
        auth: { baseUrl: app().url },
        broker: { store, sessionCheckInterval: 1 },
      });
      const tokens = await tokensAt(app());
      const status = async () => (await pod.client.get('/me', {}, { bearer: tokens.access })).status;
      expect(await status()).toBe(200);
      await site().keycloak.administrator.logOut('alice');
      await expectEnded(app(), tokens);
      await until('the other pod has looked', async () => (await status()) === 401);
      expectWireError(await refreshAt(pod, tokens.refresh), 400, 'invalid_grant');
    });
  });
}

/** Keycloak tells us while it logs the user out: there is nothing to wait for but the event. */
async function expectEnded(app: KeycloakApp, { access, refresh }: Tokens): Promise<void> {
  const { sid } = claimsOf(access);
  const end = await until('the end is told', () => app.told.ended.find(({ session }) => session === sid));
  expect(end.reason).toBe('backchannel');
  await expectShut(app, access, 'session_ended');
  expectWireError(await refreshAt(app, refresh), 400, 'invalid_grant');
}
