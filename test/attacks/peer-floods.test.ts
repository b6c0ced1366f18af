import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey } from '../support/keys.js';
import { StubPeer } from '../support/stub-peer.js';
import type { MovedClock } from './support/bearer-target.js';
import { watchedStore } from './support/broker-store.js';
import { hmacSigned, signedBy, withSignature } from './support/forge.js';
import { HeldRequests, watched } from './support/held-requests.js';
import { withPeerTarget, type PeerTarget } from './support/peer-target.js';

const key = await signingKey('RS256', 'the key of the peer');
const cooldown = 30;
const header = (others: object = {}) => ({ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...others });

describe.each(adapters)('a flood on %s of', (adapter) => {
  const inTarget = (test: (target: PeerTarget, clock: MovedClock, calls: readonly string[]) => Promise<void>) => {
    const { store, clock, calls } = watchedStore();
    const auth = { now: clock.now, timeout: 120, cache: { cooldown } };
    return withPeerTarget(adapter, { peer: { keys: [key] }, broker: { store }, auth }, (target) =>
      test(target, clock, calls),
    );
  };
  /** Tokens of the peer that differ by their kid alone, which nobody knows. */
  const strange = async ({ peer }: PeerTarget, count: number, begin = '') => {
    const [, payload, signature] = (await peer.token()).split('.');
    return Array.from({ length: count }, (_, at) => {
      const head = Buffer.from(JSON.stringify(header({ kid: `${begin}${at}` }))).toString('base64url');
      return [head, payload, signature].join('.');
    });
  };
  /** Fifty at once, each time with a genuine token of everybody among them. */
  const flood = async (target: PeerTarget, tokens: string[], wanted: number) => {
    for (let sent = 0; sent < tokens.length; sent += 50) {
      const genuine = [await target.neighbour.token(), target.own];
      const answers = await Promise.all([...tokens.slice(sent, sent + 50), ...genuine].map((one) => target.get(one)));
      const statuses = answers.map(({ status }) => status);
      expect(new Set(statuses.slice(0, -2))).toEqual(new Set([wanted]));
      expect(statuses.slice(-2)).toEqual([200, 200]);
    }
  };

  it('1,000 random kids of one peer costs one fetch per cooldown, and good tokens pass', async () => {
    await inTarget(async (target, clock) => {
      const { peer, neighbour } = target;
      await target.admits();
      await target.othersPass();
      const before = [peer.keyFetches, neighbour.keyFetches] as const;
      for (const [round, count] of [[1, 1_000] as const, [2, 100] as const]) {
        await flood(target, await strange(target, count, `${round}-`), 401);
        await target.admits();
        expect([peer.keyFetches - before[0], neighbour.keyFetches - before[1]]).toEqual([round, 0]);
        clock.advance(cooldown);
      }
      expect(new Set(target.app.told.refused.map(({ reason }) => reason))).toEqual(new Set(['key_unknown']));
      expect(peer.requests.filter((path) => path.includes('well-known'))).toHaveLength(1);
    });
  });

  it('random kids before the first good token costs one fetch', async () => {
    await inTarget(async (target) => {
      await flood(target, await strange(target, 100), 401);
      await target.admits();
      expect(target.peer.keyFetches).toBe(1);
    });
  });

  it('random kids while the peer is down costs one attempt per back-off, and is 503', async () => {
    await inTarget(async (target, clock) => {
      const { peer, app } = target;
      await peer.down();
      for (let round = 1; round <= 3; round++) {
        await flood(target, await strange(target, 100, `${round}-`), 503);
        expect(app.told.peerFailed).toHaveLength(round);
        clock.advance(cooldown);
      }
      await peer.up();
      await target.admits();
    });
  });

  it('random kids while the peer went down later: its good tokens pass, nobody can say about the others', async () => {
    await inTarget(async (target, clock) => {
      const { peer, app } = target;
      await target.admits();
      await peer.down();
      for (let round = 1; round <= 3; round++) {
        await flood(target, await strange(target, 100, `${round}-`), 503);
        await target.admits();
        expect(app.told.peerFailed).toHaveLength(round);
        clock.advance(cooldown);
      }
    });
  });

  it('tokens that no key could save causes no fetch', async () => {
    await inTarget(async (target) => {
      const { peer } = target;
      const claims = claimsOf(await peer.token());
      const hopeless: [token: string, reason: string][] = [
        [withSignature(header({ alg: 'none' }), claims), 'algorithm_not_allowed'],
        [hmacSigned('x', header({ alg: 'HS256' }), claims), 'algorithm_not_allowed'],
        [signedBy(key, header({ alg: 'PS512' }), claims), 'algorithm_not_allowed'],
        [signedBy(key, header({ typ: 'logout+jwt' }), claims), 'token_type'],
        [signedBy(key, header({ crit: ['exp'] }), claims), 'critical_header'],
        [signedBy(key, header({ kid: 5 }), claims), 'key_unknown'],
        [signedBy(key, header({ kid: 'k'.repeat(2_000) }), claims), 'key_unknown'],
      ];
      for (const [token, reason] of hopeless) await target.refuses(token, reason);
      expect(peer.requests).toEqual([]);
      await target.admits();
    });
  });

  it('1,000 issuers that nobody trusts causes no request and no look into the store', async () => {
    await inTarget(async (target, _, calls) => {
      const stranger = await StubPeer.start({ keys: [key] });
      await target.othersPass();
      const before = calls.length;
      const claims = claimsOf(await stranger.token());
      const tokens = Array.from({ length: 1_000 }, (__, at) =>
        withSignature(
          header({ jku: `${stranger.origin}/keys` }),
          { ...claims, iss: `${stranger.issuer}/${at}` },
          'AAAA',
        ),
      );
      await flood(target, tokens, 401);
      await target.refuses(stranger.token(), 'issuer_unknown');
      expect(new Set(target.app.told.refused.map(({ reason }) => reason))).toEqual(new Set(['issuer_unknown']));
      expect(stranger.requests).toEqual([]);
      expect(calls.slice(before)).toEqual([]);
      expect(target.peer.requests).toEqual([]);
      await stranger.close();
      await target.admits();
    });
  });

  it('random kids of a peer that is silent keeps none of its good tokens waiting', async () => {
    await inTarget(async (target) => {
      const { peer } = target;
      await target.admits();
      const held = new HeldRequests(peer);
      const waiting = (await strange(target, 200)).map((token) => watched(target.get(token)));
      await held.arrived();
      for (let round = 0; round < 5; round++) {
        await target.admits();
        await target.othersPass();
      }
      expect(waiting.filter(({ settled }) => settled)).toEqual([]);
      expect(held.count).toBe(1);
      held.release();
      const answers = await Promise.all(waiting.map(({ outcome }) => outcome));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    });
  });
});
