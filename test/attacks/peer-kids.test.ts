import { describe, expect, it } from '@jest/globals';
import type { JWK } from 'jose';
import type { SigningKey as OwnKey } from '../../lib/broker/signing-key.js';
import { encryptionKey } from '../broker/e2e/support/broker-app.js';
import { adapters } from '../support/apps.js';
import { claimsOf, publishedWithout, signingKey } from '../support/keys.js';
import { signingKeysIn, watchedStore } from './support/broker-store.js';
import { withPeerTarget, type PeerTarget } from './support/peer-target.js';

const genuine = await signingKey('RS256', 'the key of the peer');
const evil = await signingKey('RS256', 'evil');
const keys = [genuine];
const { store } = watchedStore();
const broker = { store, signing: undefined };

/** A key of others: its kid, and the public key itself. */
interface Foreign {
  readonly iss: string;
  readonly published: JWK;
  readonly claims: Record<string, unknown>;
}
type Whose = (target: PeerTarget) => Foreign | Promise<Foreign>;

const neighbours: Whose = ({ neighbour: { issuer, key } }) => ({ iss: issuer, published: key.publicJwk, claims: {} });
const ours: Whose = async ({ app, own }) => {
  const [key] = (await signingKeysIn(store, encryptionKey)) as [OwnKey];
  return { iss: app.url, published: key.publicJwk, claims: claimsOf(own) };
};

describe.each(adapters)('a peer on %s that publishes', (adapter) => {
  const inTarget = (test: (target: PeerTarget) => Promise<void>) =>
    withPeerTarget(adapter, { peer: { keys }, broker }, async (target) => {
      await test(target);
      await target.admits();
      await target.othersPass();
    });

  describe.each([
    ['another peer', neighbours],
    ['this application', ours],
  ])('what belongs to %s:', (_, whose) => {
    it('its kid over a key of its own', async () => {
      await inTarget(async (target) => {
        const { peer } = target;
        const { iss, published, claims } = await whose(target);
        const kid = String(published.kid);
        peer.jwks = [genuine.publicJwk, { ...evil.publicJwk, kid }];
        await target.admits(peer.token({}, { kid }, evil));
        await target.othersPass();
        await target.refuses(peer.token({ ...claims, iss }, { kid }, evil), 'signature_invalid');
        await target.refuses(peer.token({ ...claims, iss }, { kid: undefined }, evil), 'signature_invalid');
      });
    });

    it('its kid over a key of its own, before anybody else was asked', async () => {
      await inTarget(async (target) => {
        const { peer, neighbour } = target;
        const { iss, published, claims } = await whose(target);
        const kid = String(published.kid);
        peer.jwks = [genuine.publicJwk, { ...evil.publicJwk, kid }];
        await target.refuses(peer.token({ ...claims, iss }, { kid }, evil), 'signature_invalid');
        expect([peer.keyFetches, neighbour.keyFetches]).toEqual([0, iss === neighbour.issuer ? 1 : 0]);
      });
    });

    it('its key, and speaks for itself only', async () => {
      await inTarget(async (target) => {
        const { peer } = target;
        const { iss, published, claims } = await whose(target);
        peer.jwks = [genuine.publicJwk, published];
        await target.admits();
        await target.refuses(peer.token({ ...claims, iss }), 'key_unknown');
        await target.refuses(peer.token({ ...claims, iss }, { kid: published.kid }), 'signature_invalid');
      });
    });

    it('its key under the kid of this peer', async () => {
      await inTarget(async (target) => {
        const { peer } = target;
        const { iss, published, claims } = await whose(target);
        peer.jwks = [{ ...published, kid: genuine.kid }, genuine.publicJwk];
        await target.admits();
        await target.refuses(peer.token({ ...claims, iss }), 'key_unknown');
      });
    });
  });

  it('the kid of another peer in the place of its own: the tokens of neither pass for the other', async () => {
    await inTarget(async (target) => {
      const { peer, neighbour } = target;
      const { kid } = neighbour.key;
      peer.jwks = [{ ...genuine.publicJwk, kid }];
      await target.admits(peer.token({}, { kid }));
      await target.admits(neighbour.token());
      for (const key of [genuine, neighbour.key]) {
        const [iss, posing] = key === genuine ? [neighbour.issuer, peer] : [peer.issuer, neighbour];
        await target.refuses(posing.token({ iss }, { kid }), 'signature_invalid');
      }
      await target.admits(neighbour.token());
      peer.jwks = [genuine.publicJwk];
    });
  });

  it('keys without kid: they are looked at for its own tokens only', async () => {
    await inTarget(async (target) => {
      const { peer, neighbour } = target;
      peer.jwks = [genuine.publicJwk, publishedWithout(evil, 'kid'), publishedWithout(evil, 'kid', 'alg')];
      await target.admits(peer.token({}, { kid: undefined }, evil));
      await target.refuses(peer.token({ iss: neighbour.issuer }, { kid: undefined }, evil), 'signature_invalid');
      await target.refuses(neighbour.token({ iss: peer.issuer }, { kid: undefined }), 'signature_invalid');
      await target.refuses(peer.token({}, {}, evil), 'key_unknown');
    });
  });
});
