import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectShut } from '../../broker/e2e/support/expect-doors.js';
import { MovedClock } from '../../attacks/support/bearer-target.js';
import { until } from '../../processes/support/until.js';
import { headerOf } from '../../support/keys.js';
import type { KeycloakApp } from './support/apps.js';
import { exchangeAt, refreshAt, tokensAt, type Tokens } from './support/log-in.js';
import type { Site } from './support/site.js';

/** Age from which keys are fetched again, in seconds. */
const REFRESH_AFTER = 60;

export function realmKeys(site: () => Site): void {
  describe('a realm whose keys are rotated', () => {
    const clock = new MovedClock();
    const auth = { now: clock.now, cache: { refreshAfter: REFRESH_AFTER } };
    let plain: KeycloakApp;
    let broker: KeycloakApp;
    beforeAll(async () => {
      plain = await site().boot('pass-through', { auth });
      broker = await site().boot('broker', { auth, broker: { exchange: { clients: ['another-app'] } } });
    });
    const status = async (app: KeycloakApp, bearer: string) => (await app.client.get('/me', {}, { bearer })).status;

    it('has its new tokens accepted at once, and those of a removed key refused after the next fetch', async () => {
      const { administrator } = site().keycloak;
      const old = await administrator.signingKey();
      const before = { plain: await tokensAt(plain), broker: await tokensAt(broker) };
      expect(headerOf(before.plain.access).kid).toBe(old.kid);
      expect(await status(plain, before.plain.access)).toBe(200);

      const added = await administrator.addSigningKey();
      const after = { plain: await tokensAt(plain), broker: await tokensAt(broker) };
      expect(headerOf(after.plain.access).kid).toBe(added.kid);
      expect(added.kid).not.toBe(old.kid);
      expect(await status(plain, after.plain.access)).toBe(200);
      expect(await status(plain, before.plain.access)).toBe(200);
      for (const { access } of [before.plain, after.plain]) expect((await exchangeAt(broker, access)).status).toBe(200);

      await administrator.removeSigningKey(old);
      clock.advance(REFRESH_AFTER + 1);
      await until('the keys are fetched again', async () => (await status(plain, before.plain.access)) === 401);
      await expectShut(plain, before.plain.access, 'key_unknown');
      expect(await status(plain, after.plain.access)).toBe(200);
      const isExchanged = async ({ access }: Tokens) => (await exchangeAt(broker, access)).status === 200;
      await until('the broker fetches the keys again', async () => !(await isExchanged(before.plain)));
      expect(await isExchanged(after.plain)).toBe(true);

      // our tokens are signed with keys of our own, and Keycloak's refresh tokens with one that was not rotated
      for (const { access, refresh } of [before.broker, after.broker]) {
        expect(await status(broker, access)).toBe(200);
        expect((await refreshAt(broker, refresh)).status).toBe(200);
      }
      expect((await refreshAt(plain, before.plain.refresh)).status).toBe(200);
    });
  });
}
