import { describe, expect, it } from '@jest/globals';
import { MemoryBrokerStore } from '../../../lib/broker/index.js';
import { expectSecondsAfter, expectTokens, expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { modes } from './support/apps.js';
import { logIn, offlineAccess, refreshAt, tokensAt, tokensOf } from './support/log-in.js';
import type { Site } from './support/site.js';

/** `session.idle`, in seconds: how long a refresh token lives of which Keycloak says 0. */
const OURS = 2_592_000;

/** The realm revokes a refresh token with its first use. */
export function refresh(site: () => Site): void {
  describe.each(modes)('a refresh at Keycloak, in %s mode,', (mode) => {
    const app = () => site().apps[mode];

    it('gives other tokens each time, and they work', async () => {
      let { access, refresh: token } = await tokensAt(app());
      for (let round = 1; round <= 3; round++) {
        const answer = await refreshAt(app(), token);
        expectTokens(answer, true);
        const next = tokensOf(answer);
        expect(next).not.toEqual({ access: expect.stringContaining(access), refresh: token });
        expect((await app().client.get('/me', {}, { bearer: next.access })).json.preferred_username).toBe('alice');
        ({ access, refresh: token } = next);
      }
    });

    it('goes on without end with offline access', async () => {
      const first = await logIn(app(), { parameters: offlineAccess });
      expect(String(first.json.scope).split(' ')).toContain('offline_access');
      expectSecondsAfter(first, first.json.refresh_expires, OURS);
      const second = await refreshAt(app(), tokensOf(first).refresh);
      expectTokens(second, true);
      expectSecondsAfter(second, second.json.refresh_expires, OURS);
      expectTokens(await refreshAt(app(), tokensOf(second).refresh), true);
    });

    it('with another user is another session', async () => {
      const [alice, bob] = [await tokensAt(app()), await tokensAt(app(), { user: 'bob' })];
      const [hers, his] = [await refreshAt(app(), alice.refresh), await refreshAt(app(), bob.refresh)];
      const names = [hers, his].map((answer) => claimsOf(tokensOf(answer).access).preferred_username);
      expect(names).toEqual(['alice', 'bob']);
    });
  });

  it('a refresh token of Keycloak that is used twice ends its session, in pass-through mode', async () => {
    const app = site().apps['pass-through'];
    const { refresh: used } = await tokensAt(app);
    const { refresh: successor } = tokensOf(await refreshAt(app, used));
    expectWireError(await refreshAt(app, used), 400, 'invalid_grant');
    expectWireError(await refreshAt(app, successor), 400, 'invalid_grant');
  });

  it('tabs and pods that refresh at once stay logged in, in broker mode', async () => {
    const broker = { store: new MemoryBrokerStore() };
    const pod = await site().boot('broker', { broker });
    const pods = [pod, await site().boot('broker', { broker, auth: { baseUrl: pod.url } })];
    let { refresh: token } = await tokensAt(pod);
    for (let round = 1; round <= 3; round++) {
      const asking = Array.from({ length: 4 }, () => pods.map((each) => refreshAt(each, token))).flat();
      const successors = (await Promise.all(asking)).map((answer) => tokensOf(answer).refresh);
      expect(new Set(successors).size).toBe(1);
      expect(successors).not.toContain(token);
      token = successors[0] ?? '';
    }
    expect(pods.flatMap(({ told }) => told.ended)).toEqual([]);
  });

  it('a refresh token of ours that is used again within the replay window costs nobody the session', async () => {
    const app = site().apps.broker;
    const { refresh: used } = await tokensAt(app);
    const { refresh: successor } = tokensOf(await refreshAt(app, used));
    expect(tokensOf(await refreshAt(app, used)).refresh).toBe(successor);
    expectTokens(await refreshAt(app, successor), true);
  });
}
