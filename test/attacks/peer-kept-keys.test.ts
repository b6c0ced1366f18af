import { describe, expect, it } from '@jest/globals';
import { peerId } from '../../lib/broker/peers/kept-keys.js';
import { Vault } from '../../lib/broker/vault.js';
import { encryptionKey } from '../broker/e2e/support/broker-app.js';
import { expectShut } from '../broker/e2e/support/expect-doors.js';
import { sessionAt } from '../broker/e2e/support/stub-logins.js';
import { adapters } from '../support/apps.js';
import { claimsOf, signingKey } from '../support/keys.js';
import { cache, peersKeptOn, type PeersKept } from './support/peers-kept.js';

const evil = await signingKey('RS256', 'evil');
const vault = new Vault([encryptionKey]);
const other = new Vault(['another encryption key of forty-two letters']);

/** What somebody who can write to the database makes of a peer's row. */
type Tampering = (kept: PeersKept, row: string) => string | Promise<string>;

const content = ({ clock }: PeersKept) => ({ at: clock.now(), jwks: { keys: [evil.publicJwk] } });
const place = ({ peer }: PeersKept) => ['peers', peerId(peer.issuer)] as const;

const tamperings: [name: string, tampering: Tampering][] = [
  ['with a letter changed', (_, row) => row.replace(/.(?=.{20}$)/, (letter) => (letter === 'A' ? 'B' : 'A'))],
  ['cut short', (_, row) => row.slice(0, -10)],
  ['with more at its end', (_, row) => `${row}AAAA`],
  ['under the name of another key', (_, row) => `AAAAAAAA${row.slice(8)}`],
  ['that is empty', () => ''],
  ['that is garbage', () => 'garbage'],
  ['of two megabytes', () => `AAAAAAAA.${'A'.repeat(2_000_000)}`],
  ['that is not sealed', (kept) => JSON.stringify(content(kept))],
  ['that is base64url and not sealed', (kept) => Buffer.from(JSON.stringify(content(kept))).toString('base64url')],
  ['of another peer', (kept) => kept.row(kept.neighbour)],
  ['that was sealed under an unknown key', (kept) => other.seal(content(kept), place(kept))],
  ['that was sealed for another peer', (kept) => vault.seal(content(kept), ['peers', peerId(kept.neighbour.issuer)])],
  ['that was sealed for another table', (kept) => vault.seal(content(kept), ['keys', peerId(kept.peer.issuer)])],
  ['that was sealed for a generation', (kept) => vault.seal(content(kept), [...place(kept), 1])],
  ['that is a signing key', async ({ store }) => (await store.keys())[0]?.sealed ?? ''],
];

describe.each(adapters)('the kept keys of a peer on %s', (adapter) => {
  const target = peersKeptOn(adapter);

  it.each(tamperings)('%s are not used', async (_, tampering) => {
    const kept = target();
    const { peer, neighbour } = kept;
    await kept.keepBoth();
    await kept.overwrite(peer, await tampering(kept, await kept.row(peer)));
    await kept.bothDown();
    const app = await kept.boot();
    await kept.cannotSay(app, peer);
    const { issuer } = peer;
    expect(app.told.unreadable).toContainEqual({
      instance: 'default',
      reason: expect.stringMatching(/^(encryption_key_unknown|row_broken)$/),
      row: `peer ${issuer}`,
    });
    const forged = [await kept.token(peer, evil), await kept.token(peer, neighbour.key)];
    for (const bearer of forged) expect((await app.client.get('/me', {}, { bearer })).status).toBe(503);
    await kept.admits(app, neighbour);
    await kept.bothUp();
    kept.clock.advance(cache.cooldown);
    await kept.admits(app, peer);
    for (const bearer of forged) await expectShut(app, bearer, 'key_unknown');
  });

  it('that were fetched at a time that is still to come are not used', async () => {
    const kept = target();
    const { peer, clock } = kept;
    await kept.keepBoth();
    const at = clock.now() + 3_600_000;
    await kept.overwrite(peer, vault.seal({ at, jwks: { keys: [peer.key.publicJwk] } }, place(kept)));
    await kept.bothDown();
    await kept.cannotSay(await kept.boot(), peer);
  });

  it('that are a session of ours are not used', async () => {
    const kept = target();
    const { peer, store } = kept;
    const first = await kept.boot();
    const { sid } = claimsOf((await sessionAt(first, kept.stub)).access);
    await kept.overwrite(peer, (await store.read(String(sid)))?.row.sealed ?? '');
    await first.close();
    await peer.down();
    await kept.cannotSay(await kept.boot(), peer);
  });

  it('are used while the peer is down, and not past cache.maxAge', async () => {
    const kept = target();
    await kept.keepBoth();
    await kept.bothDown();
    kept.clock.advance(cache.maxAge - 10);
    const app = await kept.boot();
    await kept.admits(app, kept.peer);
    await app.close();
    kept.clock.advance(10);
    await kept.cannotSay(await kept.boot(), kept.peer);
  });

  it('grow no younger by being recalled, kept or moved', async () => {
    const kept = target();
    await kept.keepBoth();
    const row = await kept.row(kept.peer);
    await kept.bothDown();
    for (let restart = 0; restart < 3; restart++) {
      kept.clock.advance(cache.maxAge / 4);
      const app = await kept.boot();
      await kept.admits(app, kept.peer);
      await app.close();
      expect(await kept.row(kept.peer)).toBe(row);
      await kept.overwrite(kept.peer, row);
    }
    kept.clock.advance(cache.maxAge / 4);
    await kept.cannotSay(await kept.boot(), kept.peer);
  });

  it('that were put back to what they were before a key was withdrawn are asked about like any old ones', async () => {
    const kept = target();
    const { peer } = kept;
    const next = await signingKey('RS256', 'next');
    await kept.keepBoth();
    const before = await kept.row(peer);
    const withdrawn = await kept.token(peer);
    peer.jwks = [next.publicJwk];
    kept.clock.advance(cache.refreshAfter);
    const first = await kept.boot();
    await expectShut(first, withdrawn, 'key_unknown');
    await kept.admits(first, peer, await kept.token(peer, next));
    await first.close();
    expect(await kept.row(peer)).not.toBe(before);
    await kept.overwrite(peer, before);
    const second = await kept.boot();
    await expectShut(second, withdrawn, 'key_unknown');
    await kept.admits(second, peer, await kept.token(peer, next));
    await second.close();
    // and are past their age when they would have been, whatever was kept since
    await kept.overwrite(peer, before);
    await peer.down();
    kept.clock.advance(cache.maxAge - cache.refreshAfter);
    const third = await kept.boot();
    const { status } = await third.client.get('/me', {}, { bearer: withdrawn });
    expect(status).toBe(503);
  });

  it('open under an encryption key that has been replaced, as long as it is listed', async () => {
    const kept = target();
    const next = 'the next encryption key of this application';
    await kept.keepBoth();
    await kept.bothDown();
    const app = await kept.boot(undefined, { encryptionKey: [next, encryptionKey] });
    await kept.admits(app, kept.peer);
    await app.close();
    await kept.cannotSay(await kept.boot(undefined, { encryptionKey: [next] }), kept.peer);
  });

  it('tell nothing of themselves', async () => {
    const kept = target();
    await kept.keepBoth();
    const row = await kept.row(kept.peer);
    expect(row).toMatch(/^[\w-]{8}\.[\w-]+$/);
    const { n = '', kid = '' } = kept.peer.key.publicJwk;
    const opened = Buffer.from(row.slice(9), 'base64url').toString('latin1');
    for (const text of [row, opened])
      expect([n, kid, kept.peer.issuer].filter((part) => text.includes(part))).toEqual([]);
  });
});
