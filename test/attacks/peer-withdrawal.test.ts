import { describe, expect, it } from '@jest/globals';
import { OidcAuth } from 'nestjs-oidc-auth';
import { expectShut } from '../broker/e2e/support/expect-doors.js';
import { adapters } from '../support/apps.js';
import { signingKey } from '../support/keys.js';
import { cache, peersKeptOn } from './support/peers-kept.js';

const next = await signingKey('RS256', 'next');

describe.each(adapters)('a key that a peer has withdrawn, on %s,', (adapter) => {
  const target = peersKeptOn(adapter);

  it('verifies nothing once the set was renewed, remembered tokens included', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    const app = await kept.boot();
    const [remembered, fresh] = [await kept.token(peer), await kept.token(peer)];
    const other = await kept.token(neighbour);
    await kept.admits(app, peer, remembered);
    await kept.admits(app, neighbour, other);
    peer.jwks = [next.publicJwk];
    kept.clock.advance(cache.refreshAfter);
    // renewed in the background of a request: one of the next sees it
    while ((await app.client.get('/me', {}, { bearer: remembered })).status === 200);
    for (const token of [remembered, fresh, remembered]) await expectShut(app, token, 'key_unknown');
    await kept.admits(app, peer, await kept.token(peer, next));
    await kept.admits(app, neighbour, other);
  });

  it('verifies nothing once an unknown kid had the set fetched, remembered tokens included', async () => {
    const kept = target();
    const { peer } = kept;
    const app = await kept.boot();
    const remembered = await kept.token(peer);
    await kept.admits(app, peer, remembered);
    peer.jwks = [next.publicJwk];
    await kept.admits(app, peer, await kept.token(peer, next));
    await expectShut(app, remembered, 'key_unknown');
    expect(peer.keyFetches).toBeGreaterThan(0);
  });

  it('verifies nothing after hours in which nobody asked', async () => {
    const kept = target();
    const { peer } = kept;
    const app = await kept.boot();
    const remembered = await kept.token(peer);
    await kept.admits(app, peer, remembered);
    peer.jwks = [next.publicJwk];
    kept.clock.advance(cache.maxAge - 1);
    await expectShut(app, remembered, 'key_unknown');
  });

  it('verifies nothing after a restart, though it was kept', async () => {
    const kept = target();
    const { peer } = kept;
    await kept.keepBoth();
    const old = await kept.token(peer);
    peer.jwks = [next.publicJwk];
    kept.clock.advance(cache.refreshAfter);
    const app = await kept.boot();
    await expectShut(app, old, 'key_unknown');
    await app.close();
    await peer.down();
    const second = await kept.boot();
    await kept.admits(second, peer, await kept.token(peer, next));
    expect((await second.client.get('/me', {}, { bearer: old })).status).toBe(503);
  });

  it('is gone at once where another took its kid, as soon as the set is renewed', async () => {
    const kept = target();
    const { peer } = kept;
    const app = await kept.boot();
    const remembered = await kept.token(peer);
    const successor = { ...next, kid: peer.key.kid };
    await kept.admits(app, peer, remembered);
    await expectShut(app, await kept.token(peer, successor), 'signature_invalid');
    peer.jwks = [{ ...next.publicJwk, kid: peer.key.kid }];
    kept.clock.advance(2 * cache.refreshAfter);
    await expectShut(app, remembered, 'signature_invalid');
    await kept.admits(app, peer, await kept.token(peer, successor));
  });

  it('takes all keys with it, where the peer has none left', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    const app = await kept.boot();
    const remembered = await kept.token(peer);
    await kept.admits(app, peer, remembered);
    peer.jwks = [];
    kept.clock.advance(2 * cache.refreshAfter);
    await expectShut(app, remembered, 'key_unknown');
    await kept.admits(app, neighbour);
  });
});

describe.each(adapters)('a peer that is trusted no more, on %s,', (adapter) => {
  const target = peersKeptOn(adapter);

  it('is refused at once and not asked, and its kept keys are gone for good', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    await kept.keepBoth();
    const token = await kept.token(peer);
    const neighbours = await kept.row(neighbour);
    expect(await kept.row(peer)).not.toBe('nothing');

    const asked = peer.requests.length;
    const without = await kept.boot([neighbour.issuer]);
    await expectShut(without, token, 'issuer_unknown');
    await expect(without.app.get(OidcAuth).verify(token)).rejects.toMatchObject({ reason: 'issuer_unknown' });
    await kept.admits(without, neighbour);
    expect([await kept.row(peer), await kept.row(neighbour)]).toEqual(['nothing', neighbours]);
    expect(peer.requests).toHaveLength(asked);
    await without.close();

    await kept.bothDown();
    const again = await kept.boot();
    await kept.cannotSay(again, peer);
    await kept.admits(again, neighbour);
    await kept.bothUp();
    kept.clock.advance(cache.cooldown);
    await kept.admits(again, peer, token);
  });

  it('is refused by an application that trusts nobody any more', async () => {
    const kept = target();
    await kept.keepBoth();
    const token = await kept.token(kept.peer);
    const alone = await kept.boot([]);
    // there are no issuers to tell apart: it is a token that none of our own keys has signed
    await expectShut(alone, token, 'key_unknown');
    expect([await kept.row(kept.peer), await kept.row(kept.neighbour)]).toEqual(['nothing', 'nothing']);
  });

  it('is another one where its issuer is written in another way', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    await kept.keepBoth();
    await kept.bothDown();
    const app = await kept.boot([`${peer.issuer}/`, neighbour.issuer]);
    await expectShut(app, await kept.token(peer), 'issuer_unknown');
    const now = Math.floor(Date.now() / 1000);
    const bearer = await peer.token({ iss: `${peer.issuer}/`, iat: now });
    expect((await app.client.get('/me', {}, { bearer })).status).toBe(503);
    expect(await kept.row(peer)).toBe('nothing');
    await kept.admits(app, neighbour);
  });
});
