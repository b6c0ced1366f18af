import { describe, expect, it } from '@jest/globals';
import { HeldRequests } from '../attacks/support/held-requests.js';
import { cache, peersKeptOn, type PeersKept } from '../attacks/support/peers-kept.js';
import { expectRefused, unavailable } from '../attacks/support/target.js';
import type { BrokerApp } from '../broker/e2e/support/broker-app.js';
import { expectOpen } from '../broker/e2e/support/expect-doors.js';
import { sessionAt } from '../broker/e2e/support/stub-logins.js';
import { adapters } from '../support/apps.js';
import { status } from '../support/faults.js';
import { signingKey } from '../support/keys.js';
import type { StubPeer } from '../support/stub-peer.js';

const next = await signingKey('RS256', 'next');

describe.each(adapters)('a peer on %s that', (adapter) => {
  const target = peersKeptOn(adapter);

  /** That nobody can say what a token of the peer is worth. @returns the seconds after which to ask again */
  const refused = async (kept: PeersKept, app: BrokerApp, peer: StubPeer): Promise<number> => {
    const bearer = await kept.token(peer);
    let wait = 0;
    const request = async () => {
      const answer = await app.client.get('/me', {}, { bearer });
      wait = Number(answer.headers.get('retry-after'));
      return answer;
    };
    await expectRefused(app.told, request, unavailable('peer_unreachable'));
    return wait;
  };
  const failed = ({ issuer }: StubPeer, reason = 'unreachable') =>
    expect.objectContaining({ instance: 'default', issuer, reason });

  it('is down at boot stops nothing but its own tokens, and is there again without a restart', async () => {
    const kept = target();
    const { peer, neighbour, stub } = kept;
    await peer.down();
    const app = await kept.boot();
    expect(app.told.peerFailed).toEqual([]);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 7; attempt++) {
      waits.push(await refused(kept, app, peer));
      await refused(kept, app, peer);
      expect(app.told.peerFailed).toEqual(Array.from({ length: attempt }, () => failed(peer)));
      await kept.admits(app, neighbour);
      kept.clock.advance(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, cache.cooldown, cache.cooldown]);
    await expectOpen(app, (await sessionAt(app, stub)).access);
    await peer.up();
    await kept.admits(app, peer);
    await kept.admits(app, peer);
    expect(app.told.peerRecovered).toEqual([{ instance: 'default', issuer: peer.issuer }]);
  });

  it('goes down later costs nobody anything until cache.maxAge, and 503 from then on', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    const app = await kept.boot();
    const remembered = await kept.token(peer);
    await kept.admits(app, peer, remembered);
    await peer.down();
    for (let age = cache.refreshAfter; age < cache.maxAge; age += cache.refreshAfter) {
      kept.clock.advance(cache.refreshAfter);
      for (const token of [remembered, await kept.token(peer)]) await kept.admits(app, peer, token);
    }
    kept.clock.advance(cache.refreshAfter);
    expect(await refused(kept, app, peer)).toBeGreaterThan(0);
    const again = () => app.client.get('/me', {}, { bearer: remembered });
    await expectRefused(app.told, again, unavailable('peer_unreachable'));
    await kept.admits(app, neighbour);
    await peer.up();
    kept.clock.advance(cache.cooldown);
    await kept.admits(app, peer, remembered);
    expect(app.told.peerRecovered).toHaveLength(1);
    expect(app.logs.text('error')).toBe('');
  });

  it('has new keys when it is back is understood at once', async () => {
    const kept = target();
    const { peer } = kept;
    const app = await kept.boot();
    await kept.admits(app, peer);
    await peer.down();
    kept.clock.advance(2 * cache.refreshAfter);
    await kept.admits(app, peer);
    peer.jwks = [next.publicJwk];
    await peer.up();
    kept.clock.advance(cache.cooldown);
    await kept.admits(app, peer, await kept.token(peer, next));
  });

  it('is down while this application starts again is known by its kept keys', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    await kept.keepBoth();
    await peer.down();
    const app = await kept.boot();
    const asked = neighbour.requests.length;
    await kept.admits(app, peer);
    await kept.admits(app, neighbour);
    expect([app.told.peerFailed, neighbour.requests.length]).toEqual([[], asked]);
    kept.clock.advance(cache.refreshAfter);
    await kept.admits(app, peer);
    // renewed in the background of that request
    while (app.told.peerFailed.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await peer.up();
    kept.clock.advance(cache.maxAge);
    await kept.admits(app, peer);
    expect(app.told.peerFailed).toEqual([failed(peer)]);
    expect(app.told.peerRecovered).toHaveLength(1);
  });

  it('fails now and then is told of each time, and of each recovery', async () => {
    const kept = target();
    const { peer } = kept;
    const app = await kept.boot();
    await kept.admits(app, peer);
    for (let round = 1; round <= 3; round++) {
      peer.handler = (_, response) => {
        status(500)(undefined, response);
      };
      kept.clock.advance(cache.refreshAfter);
      const strange = await kept.token(peer, { ...next, kid: `strange ${round}` });
      expect((await app.client.get('/me', {}, { bearer: strange })).status).toBe(503);
      expect(app.told.peerFailed).toHaveLength(round);
      peer.handler = undefined;
      kept.clock.advance(cache.cooldown);
      expect((await app.client.get('/me', {}, { bearer: strange })).status).toBe(401);
      expect(app.told.peerRecovered).toHaveLength(round);
    }
  });

  it.each([
    ['metadata', () => true],
    ['keys', (path: string) => path === '/keys'],
  ])('is silent about its %s keeps no application from closing', async (_, silent) => {
    const kept = target();
    const { peer } = kept;
    const app = await kept.boot();
    const held = new HeldRequests(peer, silent);
    const bearer = await kept.token(peer);
    const answer = app.client.get('/me', {}, { bearer }).catch(() => 'cut off');
    await held.arrived();
    await app.close();
    await held.gone();
    await answer;
    peer.handler = undefined;
    expect(app.logs.text('error')).toBe('');
    expect(app.told.peerFailed).toEqual([]);
  });
});
