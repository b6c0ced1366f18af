import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryBrokerStore } from '../../../lib/broker/index.js';
import { expectShut } from '../../broker/e2e/support/expect-doors.js';
import { until } from '../../processes/support/until.js';
import { expectTokens, expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { modes, type KeycloakApp } from './support/apps.js';
import { offlineAccess, refreshAt, tokensAt, tokensOf } from './support/log-in.js';
import { SeenIdTokens } from './support/seen-id-tokens.js';
import type { Site } from './support/site.js';

/** What an administrator does at Keycloak, which tells nobody: these clients have no back-channel log-out. */
export function administration(site: () => Site): void {
  const administrator = () => site().keycloak.administrator;
  describe('an administrator, in broker mode,', () => {
    afterEach(() => administrator().setEnabled('bob', true));
    let app: KeycloakApp;
    let pod: KeycloakApp;
    const seen = new SeenIdTokens();
    beforeAll(async () => {
      const broker = { store: new MemoryBrokerStore(), sessionCheckInterval: 1 };
      app = await site().boot('broker', { client: 'another-app', broker, auth: { fetch: seen.fetch } });
      pod = await site().boot('broker', { client: 'another-app', broker, auth: { baseUrl: app.url } });
    });

    it('who ends a session ends ours with its next refresh, in every pod', async () => {
      const { access, refresh } = await tokensAt(app);
      const statusAtPod = async () => (await pod.client.get('/me', {}, { bearer: access })).status;
      // Keycloak's own sid, which our tokens do not tell
      await administrator().endSession(String(claimsOf(seen.latest).sid));
      expect(await statusAtPod()).toBe(200);
      expectWireError(await refreshAt(app, refresh), 400, 'invalid_grant');
      await expectShut(app, access, 'session_ended');
      await until('the other pod has looked', async () => (await statusAtPod()) === 401);
      expect(app.told.ended.at(-1)?.reason).toBe('refused');
    });

    it('who disables a user ends all sessions with their next refresh, offline access included', async () => {
      const online = await tokensAt(app, { user: 'bob' });
      const offline = await tokensAt(app, { user: 'bob', parameters: offlineAccess });
      const hers = await tokensAt(app);
      await administrator().setEnabled('bob', false);
      for (const { access, refresh } of [online, offline]) {
        expectWireError(await refreshAt(app, refresh), 400, 'invalid_grant');
        await expectShut(app, access, 'session_ended');
      }
      expectTokens(await refreshAt(app, hers.refresh), true);
    });

    it('who signs a user out refuses the offline tokens of earlier seconds', async () => {
      let { refresh } = await tokensAt(app, { user: 'bob', parameters: offlineAccess });
      const refused = await until('a second has passed between refresh and sign-out', async () => {
        await administrator().logOut('bob');
        const answer = await refreshAt(app, refresh);
        if (answer.status !== 200) return answer;
        ({ refresh } = tokensOf(answer));
        return undefined;
      });
      expectWireError(refused, 400, 'invalid_grant');
    });
  });

  describe('an administrator, in pass-through mode,', () => {
    afterEach(() => administrator().setEnabled('bob', true));
    const app = () => site().apps['pass-through'];

    it('who ends a session ends it with the next refresh', async () => {
      const { access, refresh } = await tokensAt(app());
      await administrator().endSession(String(claimsOf(access).sid));
      expectWireError(await refreshAt(app(), refresh), 400, 'invalid_grant');
    });

    it('who disables a user ends all sessions with their next refresh, offline access included', async () => {
      const online = await tokensAt(app(), { user: 'bob' });
      const offline = await tokensAt(app(), { user: 'bob', parameters: offlineAccess });
      await administrator().setEnabled('bob', false);
      for (const { refresh } of [online, offline]) {
        expectWireError(await refreshAt(app(), refresh), 400, 'invalid_grant');
      }
    });
  });

  describe.each(modes)('an administrator who takes a role away, in %s mode,', (mode) => {
    const app = () => site().apps[mode];
    const status = async (bearer: string) => (await app().client.get('/staff', {}, { bearer })).status;
    afterEach(() => administrator().grant('alice', 'staff'));

    it('shuts what requires it with the next refresh', async () => {
      const { access, refresh } = await tokensAt(app());
      expect(await status(access)).toBe(200);
      await administrator().withdraw('alice', 'staff');
      const next = tokensOf(await refreshAt(app(), refresh));
      expect(await status(next.access)).toBe(403);
    });
  });
}
