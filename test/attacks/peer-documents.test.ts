import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { drip, endless, halfBody, hang, huge, json, notJson, redirect, status, type Fault } from '../support/faults.js';
import { LoopbackServer } from '../support/loopback.js';
import type { PeerTarget } from './support/peer-target.js';
import { answerAt, expectFailure, paths, publisherKey, withPublisher } from './support/publishing.js';

describe.each(adapters)('the metadata of a peer, on %s,', (adapter) => {
  const visits: string[] = [];
  let lair: LoopbackServer;
  beforeEach(async () => {
    visits.length = 0;
    lair = await LoopbackServer.start((request, response) => {
      visits.push(String(request.url));
      json({ keys: [publisherKey.publicJwk] })(request, response);
    });
  });
  afterEach(async () => {
    await lair.close();
    expect(visits).toEqual([]);
  });

  it.each<[name: string, issuer: (target: PeerTarget) => unknown]>([
    ['another peer', ({ neighbour }) => neighbour.issuer],
    ['this application', ({ app }) => app.url],
    ['its own with a slash', ({ peer }) => `${peer.issuer}/`],
    ['its own in upper case', ({ peer }) => peer.issuer.toUpperCase()],
    ['a list of its own', ({ peer }) => [peer.issuer]],
    ['a number', () => 5],
    ['null', () => null],
    ['a text with line breaks', () => 'x\r\nERROR all is well'],
    ['a text of 500 kB', () => 'x'.repeat(500_000)],
  ])('that name as issuer %s, are not believed', async (_, issuer) => {
    await withPublisher(adapter, async (target) => {
      const { peer, app } = target;
      peer.metadata = { ...peer.metadata, issuer: issuer(target) };
      await expectFailure(target, 'metadata_invalid', /name the issuer .*Trust that spelling .*or set jwksUri/);
      expect(app.told.peerFailed[0]?.message).not.toMatch(/[\r\n]|.{500}/);
      expect(peer.keyFetches).toBe(0);
    });
  });

  it.each<[name: string, uri: (own: string) => unknown]>([
    ['on another origin', () => `${lair.origin}/keys`],
    ['under another name of its host', (own) => `${own.replace('127.0.0.1', 'localhost')}/keys`],
    ['under another scheme', (own) => `${own.replace('http:', 'https:')}/keys`],
    ['with its own origin as a user name', (own) => `http://${new URL(own).host}@${new URL(lair.origin).host}/keys`],
    ['with credentials', (own) => `${own.replace('//', '//admin:a-password@')}/keys`],
    ['with credentials on another origin', () => `${lair.origin.replace('//', '//admin:a-password@')}/keys`],
    ['with a user name', (own) => `${own.replace('//', '//admin@')}/keys`],
    ['on an address of the cloud', () => 'http://169.254.169.254/latest/meta-data'],
    ['that is a file', () => 'file:///etc/passwd'],
    ['that is data', () => `data:application/json,${JSON.stringify({ keys: [publisherKey.publicJwk] })}`],
    ['that is a script', () => 'javascript:alert(1)'],
    ['that is relative', () => '/keys'],
    ['without scheme', () => lair.origin.replace('http:', '')],
    ['that is empty', () => ''],
    ['that is a number', () => 5],
    ['that is a list', (own) => [`${own}/keys`]],
    ['that is null', () => null],
    ['that is missing', () => undefined],
  ])('that name a jwks_uri %s, are not followed', async (_, uri) => {
    await withPublisher(adapter, async (target) => {
      const { peer, app } = target;
      peer.metadata = { ...peer.metadata, jwks_uri: uri(peer.origin) };
      await expectFailure(target, 'metadata_invalid', /jwks_uri/);
      expect(app.logs.text() + JSON.stringify(app.told)).not.toContain('a-password');
      expect(peer.keyFetches).toBe(0);
    });
  });

  it.each<[name: string, fault: Fault]>([
    ['a page', notJson],
    ['a list', json([{ issuer: 'x' }])],
    ['null', json(null)],
    ['status 404', status(404)],
    ['status 500', status(500)],
    ['half a body', halfBody],
    ['50 MB', huge(50)],
    ['50 MB, announced', huge(50, { announced: true })],
    ['without end', endless],
  ])('that are %s, are none: the keys are looked for where the Python family has them', async (_, fault) => {
    await withPublisher(adapter, async (target) => {
      answerAt(target, paths.metadata, fault);
      await target.admits();
      expect(target.peer.requests).toEqual([paths.metadata, paths.family]);
    });
  });

  it('that redirect, are not followed', async () => {
    await withPublisher(adapter, async (target) => {
      answerAt(target, paths.metadata, redirect(`${lair.origin}/metadata`));
      await target.admits();
      expect(target.peer.requests).toEqual([paths.metadata, paths.family]);
    });
  });

  it.each<[name: string, fault: Fault]>([
    ['never come', hang],
    ['drip', drip],
  ])('that %s, are given up after the timeout, and nothing else is asked', async (_, fault) => {
    await withPublisher(adapter, async (target) => {
      answerAt(target, paths.metadata, fault);
      await expectFailure(target, 'timeout');
      expect(target.peer.requests).toEqual([paths.metadata]);
    });
  });
});
