import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import {
  drip,
  endless,
  halfBody,
  hang,
  huge,
  json,
  notJson,
  overloaded,
  redirect,
  status,
  type Fault,
} from '../support/faults.js';
import { LoopbackServer } from '../support/loopback.js';
import { withPeerTarget } from './support/peer-target.js';
import { answerAt, expectFailure, paths, publisherKey, withPublisher } from './support/publishing.js';

const own = publisherKey.publicJwk;
const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));

/** A few kilobytes that become 50 MB. */
const packed: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
};

describe.each(adapters)('the key set of a peer, on %s,', (adapter) => {
  it.each<[name: string, fault: Fault, reason: string]>([
    ['is a page', notJson, 'answer_invalid'],
    ['is a list', json([own]), 'answer_invalid'],
    ['is null', json(null), 'answer_invalid'],
    ['is a text', json('keys'), 'answer_invalid'],
    ['has no keys', json({}), 'answer_invalid'],
    ['has keys that are an object', json({ keys: { own } }), 'answer_invalid'],
    ['has keys that are a text', json({ keys: 'keys' }), 'answer_invalid'],
    ['has keys in its prototype', (_, response) => void response.end('{"__proto__":{"keys":[]}}'), 'answer_invalid'],
    ['is empty', status(200), 'answer_invalid'],
    ['comes with status 201', json({ keys: [own] }, 201), 'answer_invalid'],
    ['comes with status 404', json({ keys: [own] }, 404), 'answer_invalid'],
    ['comes with status 403', status(403), 'answer_invalid'],
    ['comes with status 500', json({ keys: [own] }, 500), 'unreachable'],
    ['comes with status 503', overloaded(7, 503), 'unreachable'],
    ['comes with status 429', overloaded(7), 'unreachable'],
    ['breaks off', halfBody, 'unreachable'],
    ['is cut off', (_, response) => void response.destroy(), 'unreachable'],
    ['has 50 MB', huge(50), 'answer_too_large'],
    ['has 50 MB, announced', huge(50, { announced: true }), 'answer_too_large'],
    ['has 50 MB once it is unpacked', packed, 'answer_too_large'],
    ['never ends', endless, 'answer_too_large'],
    ['is nested too deep to be read', (_, response) => void response.end('['.repeat(500_000)), 'answer_invalid'],
    ['redirects to another path', redirect('/elsewhere'), 'redirects'],
    ['redirects to itself', redirect(paths.keys, 308), 'redirects'],
    ['drips', drip, 'timeout'],
    ['never comes', hang, 'timeout'],
  ])('%s: its tokens are 503', async (_, fault, reason) => {
    await withPublisher(adapter, async (target) => {
      answerAt(target, paths.keys, fault);
      await expectFailure(target, reason);
      expect(target.peer.requests).toEqual([paths.metadata, paths.keys]);
    });
  });

  it('redirects to another origin, which is not asked', async () => {
    const visits: string[] = [];
    const lair = await LoopbackServer.start((request, response) => {
      visits.push(String(request.url));
      json({ keys: [own] })(request, response);
    });
    await withPublisher(adapter, async (target) => {
      answerAt(target, paths.keys, redirect(`${lair.origin}/keys`));
      await expectFailure(target, 'redirects');
    });
    expect(visits).toEqual([]);
    await lair.close();
  });

  it('is named with a secret in its address, which is told nowhere', async () => {
    const entry = { jwksUri: 'http://127.0.0.1:9/keys?api-key=a-secret-of-the-peer' };
    await withPeerTarget(adapter, { peer: { keys: [publisherKey] }, entry }, async (target) => {
      await expectFailure(target, 'unreachable');
      expect(target.app.logs.text() + JSON.stringify(target.app.told)).not.toContain('a-secret');
      await target.othersPass();
    });
  });
});
