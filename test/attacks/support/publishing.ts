import { expect } from '@jest/globals';
import type { AdapterName } from '../../support/apps.js';
import type { Fault } from '../../support/faults.js';
import { signingKey } from '../../support/keys.js';
import { MovedClock } from './bearer-target.js';
import { withPeerTarget, type PeerTarget } from './peer-target.js';

export const publisherKey = await signingKey('RS256', 'the key of the peer');

export const paths = {
  metadata: '/.well-known/oauth-authorization-server',
  keys: '/keys',
  /** Where the Python family has its keys. */
  family: '/auth/v2/.well-known/jwks.json',
} as const;

/**
 * A target whose peer publishes something odd. Everybody else passes at the end of the test, and the peer itself, once it
 * has mended its ways.
 */
export async function withPublisher(adapter: AdapterName, test: (target: PeerTarget) => Promise<void>): Promise<void> {
  const clock = new MovedClock();
  const options = { peer: { keys: [publisherKey] }, auth: { now: clock.now, timeout: 1.5 } };
  await withPeerTarget(adapter, options, async (target) => {
    const { peer, app } = target;
    const metadata = { ...peer.metadata };
    await test(target);
    await target.othersPass();
    peer.handler = undefined;
    Object.assign(peer, { metadata, jwks: [publisherKey.publicJwk] });
    clock.advance(60);
    await target.admits();
    const { issuer } = peer;
    const failed = app.told.peerFailed.length > 0;
    expect(app.told.peerRecovered).toEqual(failed ? [{ instance: 'default', issuer }] : []);
    expect(app.logs.text('error')).toBe('');
  });
}

/** The peer answers one path so, and the others as it usually does; where it has metadata, its keys are not twice there. */
export function answerAt({ peer }: PeerTarget, faulty: string, fault: Fault): void {
  peer.handler = (path, response) => {
    if (path === faulty) {
      fault(undefined, response);
      return undefined;
    }
    if (path === paths.metadata) return peer.metadata;
    return path === paths.keys || path === paths.family ? { keys: peer.jwks } : null;
  };
}

/** That nobody can say what the peer's tokens are worth, and that this is told once, for this reason. */
export async function expectFailure(target: PeerTarget, reason: string, message = /\w/): Promise<void> {
  const { app, peer } = target;
  await target.cannotSay(peer.token());
  const { issuer } = peer;
  const told = { instance: 'default', issuer, reason, message: expect.stringMatching(message) };
  expect(app.told.peerFailed).toEqual([told]);
  expect(app.logs.text('warn')).toContain(
    `The keys of the trusted issuer ${issuer} (default) cannot be had: ${reason}. ${app.told.peerFailed[0]?.message}`,
  );
}
