import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { BrokerStore } from '../../lib/broker/index.js';
import { HeldRequests } from '../attacks/support/held-requests.js';
import { cache, peersKeptOn } from '../attacks/support/peers-kept.js';
import { expectShut } from '../broker/e2e/support/expect-doors.js';
import { letPass } from '../broker/e2e/support/hurried.js';
import { UnreliableStore } from '../broker/e2e/support/unreliable-store.js';
import { adapters } from '../support/apps.js';
import { signingKey } from '../support/keys.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

const next = await signingKey('RS256', 'next');
const peerVerbs: (keyof BrokerStore)[] = ['peerKeys', 'keepPeerKeys'];

describe.each(adapters)('peers and the store on %s:', (adapter) => {
  const target = peersKeptOn(adapter);
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a store that is down while keys are fetched costs nothing, and is told of', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    const { store, failing } = new UnreliableStore();
    const app = await kept.boot(undefined, { store });
    for (const verb of peerVerbs) failing.add(verb);
    await kept.admits(app, peer);
    expect(app.told.storeFailed).toHaveLength(2);
    expect([app.told.refused, app.told.peerFailed]).toEqual([[], []]);
    await app.close();

    failing.clear();
    const second = await kept.boot(undefined, { store });
    await kept.admits(second, peer);
    await kept.admits(second, neighbour);
    await second.close();
    await kept.bothDown();
    await kept.admits(await kept.boot(undefined, { store }), peer);
  });

  it('a store that is down at boot keeps our own tokens away, and those of peers not', async () => {
    const kept = target();
    const { peer } = kept;
    const { store, failing } = new UnreliableStore();
    failing.add('open');
    const app = await kept.boot(undefined, { store });
    await kept.admits(app, peer);
    await kept.admits(app, peer);
    expect(app.logs.text('error')).toMatch(/The session store \(default\) failed/);
    expect(app.told.refused).toEqual([]);
    const ours = async () => (await app.client.get('/auth/v2/.well-known/jwks.json')).status;
    expect(await ours()).toBe(503);
    failing.clear();
    letPass(60);
    kept.clock.advance(cache.cooldown);
    expect(await ours()).toBe(200);
    await kept.admits(app, peer);
  });

  it('peer and store down: 503 because of the peer, and the first that is back is enough', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    const { store, failing } = new UnreliableStore();
    const first = await kept.boot(undefined, { store });
    await kept.admits(first, peer);
    await kept.admits(first, neighbour);
    await first.close();

    await kept.bothDown();
    for (const verb of peerVerbs) failing.add(verb);
    const app = await kept.boot(undefined, { store });
    await kept.cannotSay(app, peer);
    await kept.cannotSay(app, neighbour);
    failing.clear();
    kept.clock.advance(cache.cooldown);
    await kept.admits(app, neighbour);
    for (const verb of peerVerbs) failing.add(verb);
    await peer.up();
    await kept.admits(app, peer);
  });

  it('two processes on one store: what one has fetched the other knows, and both renew by themselves', async () => {
    const kept = target();
    const { peer } = kept;
    const [one, other] = [await kept.boot(), await kept.boot()];
    await kept.admits(one, peer);
    await peer.down();
    await kept.admits(other, peer);
    await peer.up();

    const old = await kept.token(peer);
    peer.jwks = [next.publicJwk];
    const successor = await kept.token(peer, next);
    for (const app of [one, other]) {
      await kept.admits(app, peer, old);
      await kept.admits(app, peer, successor);
      await expectShut(app, old, 'key_unknown');
    }
    expect(other.told.peerFailed).toEqual([]);
  });

  it('two processes that fetch at the same moment: either set is kept, and a third knows it', async () => {
    const kept = target();
    const { peer } = kept;
    const both = [await kept.boot(), await kept.boot()];
    const held = new HeldRequests(peer, (path) => path === '/keys');
    const token = await kept.token(peer);
    const answers = both.map(({ client }) => client.get('/me', {}, { bearer: token }));
    await held.arrived(2);
    held.release();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    await peer.down();
    await kept.admits(await kept.boot(), peer, token);
  });

  it('a process that trusts fewer peers takes the kept keys of the others away, and nothing else', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    const wide = await kept.boot();
    await kept.admits(wide, peer);
    await kept.admits(wide, neighbour);
    const narrow = await kept.boot([neighbour.issuer]);
    await expectShut(narrow, await kept.token(peer), 'issuer_unknown');
    expect(await kept.row(peer)).toBe('nothing');
    await kept.bothDown();
    // whoever still trusts it goes on with what it knows
    await kept.admits(wide, peer);
    await kept.admits(narrow, neighbour);
    await kept.cannotSay(await kept.boot(), peer);
  });
});

describe.each(adapters)('peers and a database in a file on %s:', (adapter) => {
  const target = peersKeptOn(adapter);
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());

  it('a restart while both peers are down, until cache.maxAge', async () => {
    const kept = target();
    const { peer, neighbour } = kept;
    const broker = { store: `sqlite:///${join(folder.path, 'sessions.sqlite')}` };
    const first = await kept.boot(undefined, broker);
    await kept.admits(first, peer);
    await kept.admits(first, neighbour);
    await first.close();
    await kept.bothDown();
    kept.clock.advance(cache.refreshAfter - 1);
    const second = await kept.boot(undefined, broker);
    await kept.admits(second, peer);
    await kept.admits(second, neighbour);
    await second.close();
    const third = await kept.boot([neighbour.issuer], broker);
    await kept.admits(third, neighbour);
    await third.close();
    const fourth = await kept.boot(undefined, broker);
    await kept.cannotSay(fourth, peer);
    await kept.admits(fourth, neighbour);
    kept.clock.advance(cache.maxAge);
    await kept.cannotSay(fourth, neighbour);
    await fourth.close();
  });
});
