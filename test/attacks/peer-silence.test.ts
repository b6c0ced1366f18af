import { describe, expect, it } from '@jest/globals';
import { refresh, sessionAt } from '../broker/e2e/support/stub-logins.js';
import { adapters } from '../support/apps.js';
import { signingKey } from '../support/keys.js';
import { loopbackTarget } from '../support/wire-client.js';
import { MovedClock } from './support/bearer-target.js';
import { HeldRequests, watched } from './support/held-requests.js';
import { withPeerTarget, type PeerTarget } from './support/peer-target.js';

const keys = [await signingKey('RS256', 'the key of the peer')];
const wellKnown = '/.well-known/oauth-authorization-server';
const refreshAfter = 60;

/** No test waits for it: what is proven is the order in which requests are answered. */
const timeout = 120;

describe.each(adapters)('a peer on %s that is silent', (adapter) => {
  const inTarget = (test: (target: PeerTarget, clock: MovedClock) => Promise<void>) => {
    const clock = new MovedClock();
    const auth = { now: clock.now, timeout, cache: { refreshAfter } };
    return withPeerTarget(adapter, { peer: { keys }, auth }, (target) => test(target, clock));
  };
  /** Everything that is none of the peer's business. */
  const everythingElse = async (target: PeerTarget) => {
    const { app, stub } = target;
    for (let round = 0; round < 3; round++) await target.othersPass();
    expect((await app.client.get('/maybe')).status).toBe(200);
    expect((await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget })).status).toBe(302);
    expect((await app.client.get('/auth/v2/.well-known/jwks.json')).status).toBe(200);
    const session = await sessionAt(app, stub);
    expect((await refresh(app, session.refresh)).status).toBe(200);
  };

  it.each([
    ['metadata', wellKnown],
    ['keys', '/keys'],
  ])('about its %s delays nobody else', async (_, silent) => {
    await inTarget(async (target) => {
      const { peer } = target;
      const held = new HeldRequests(peer, (path) => path === silent);
      const first = watched(target.get(await peer.token()));
      await held.arrived();
      await everythingElse(target);
      expect(first.settled).toBe(false);
      held.release();
      expect((await first.outcome).status).toBe(200);
    });
  });

  it('is asked once, however many of its tokens come meanwhile', async () => {
    await inTarget(async (target) => {
      const { peer } = target;
      const held = new HeldRequests(peer, (path) => path === '/keys');
      const tokens = await Promise.all(Array.from({ length: 100 }, () => peer.token()));
      const waiting = tokens.map((token) => watched(target.get(token)));
      await held.arrived();
      await everythingElse(target);
      expect(waiting.filter(({ settled }) => settled)).toEqual([]);
      held.release();
      const answers = await Promise.all(waiting.map(({ outcome }) => outcome));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(peer.requests).toEqual([wellKnown, '/keys']);
    });
  });

  it('when its keys are renewed delays nobody, not even its own tokens', async () => {
    await inTarget(async (target, clock) => {
      const { peer } = target;
      const remembered = await peer.token();
      await target.admits(remembered);
      const held = new HeldRequests(peer);
      clock.advance(refreshAfter);
      await target.admits(remembered);
      await held.arrived();
      for (const token of [remembered, await peer.token()]) await target.admits(token);
      await everythingElse(target);
      expect(held.count).toBe(1);
      held.release();
      await target.admits(remembered);
    });
  });

  it('when it is asked about a kid delays those that bring it only', async () => {
    await inTarget(async (target) => {
      const { peer } = target;
      await target.admits();
      const held = new HeldRequests(peer);
      const strange = await Promise.all(Array.from({ length: 20 }, (_, at) => peer.token({}, { kid: `kid-${at}` })));
      const waiting = strange.map((token) => watched(target.get(token)));
      await held.arrived();
      for (let round = 0; round < 5; round++) await target.admits();
      await everythingElse(target);
      expect(waiting.filter(({ settled }) => settled)).toEqual([]);
      expect(held.count).toBe(1);
      held.release();
      const answers = await Promise.all(waiting.map(({ outcome }) => outcome));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    });
  });

  it('as are forty others delays nobody, and each is asked once', async () => {
    await inTarget(async ({ peer, neighbour }) => {
      const silent = Array.from({ length: 40 }, (_, at) => `${peer.origin}/silent-${at}`);
      const broker = { trustedIssuers: [...silent, neighbour.issuer] };
      await withPeerTarget(adapter, { broker, auth: { timeout } }, async (target) => {
        const held = new HeldRequests(peer);
        const tokens = await Promise.all(silent.map((iss) => peer.token({ iss })));
        const waiting = [...tokens, ...tokens].map((token) => watched(target.get(token)));
        await held.arrived(silent.length);
        const { status } = await target.get(await neighbour.token());
        expect(status).toBe(200);
        expect((await target.get(target.own)).status).toBe(200);
        expect(waiting.filter(({ settled }) => settled)).toEqual([]);
        expect(held.count).toBe(silent.length);
      });
    });
  });
});
