import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectAccepted, expectRefused, expectUnavailable } from './support/expectations.js';
import { forged } from './support/forge.js';
import { newSite, type Instance } from './support/instance.js';
import { members, useNetwork, type Member } from './support/network.js';
import type { OwnInstance } from './support/own-instance.js';
import { tokenOf } from './support/tokens.js';

/** In seconds, as the option `cache` has them by default. */
const cooldown = 30;
const maxAge = 86_400;

// a minute passes between two looks of a Python peer at unknown keys, which nobody can wait for
const there = useNetwork({}, { python: { cooldown: 0 } });
const at = (member: Member): Instance => there().all[member];
const untold = async (): Promise<OwnInstance> => there().network.own(await newSite());

const started: Instance[] = [];
const later = <T extends Instance>(instance: T): T => {
  started.push(instance);
  return instance;
};
afterEach(async () => {
  for (const instance of started.splice(0)) await instance.close();
});

describe.each(members)('while %s is down,', (member) => {
  const others = members.filter((other) => other !== member);
  const tokens = new Map<Member, string>();
  const tokenFrom = (from: Member) => tokens.get(from) ?? '';
  beforeEach(async () => {
    for (const from of members) tokens.set(from, await tokenOf(at(from)));
  });
  afterEach(() => at(member).up());

  it('an instance of ours that knows nothing of it says so, takes all others, and is well when it is back', async () => {
    const receiver = later(await untold());
    await at(member).down();
    await expectUnavailable(receiver, tokenFrom(member));
    for (const other of others) await expectAccepted(receiver, tokenFrom(other));
    const { issuer } = at(member);
    expect(receiver.told.peerFailed).toEqual([
      { instance: 'default', issuer, reason: 'unreachable', message: expect.any(String) },
    ]);
    await at(member).up();
    receiver.clock.pass(cooldown);
    await expectAccepted(receiver, tokenFrom(member));
    expect(receiver.told.peerRecovered).toEqual([{ instance: 'default', issuer }]);
  });

  it('those who know its keys go on, and those of ours who start anew do, too', async () => {
    const unseen = await forged(at(member));
    for (const other of others) await expectAccepted(at(other), tokenFrom(member));
    const receiver = later(await untold());
    await expectAccepted(receiver, tokenFrom(member));
    await at(member).down();
    for (const other of others) await expectAccepted(at(other), unseen);
    await receiver.restart();
    await expectAccepted(receiver, unseen);
    await expectAccepted(receiver, tokenFrom(member));
    for (const other of others) await expectAccepted(receiver, tokenFrom(other));
  });

  it('what ours has kept is used for a day', async () => {
    const receiver = later(await untold());
    await expectAccepted(receiver, tokenFrom(member));
    const long = await forged(at(member), { exp: Math.floor(Date.now() / 1000) + 2 * maxAge });
    await expectAccepted(receiver, tokenFrom(member));
    await at(member).down();
    receiver.clock.pass(maxAge - 60);
    await receiver.restart();
    await expectAccepted(receiver, long);
    receiver.clock.pass(120);
    await expectUnavailable(receiver, long);
    await receiver.restart();
    await expectUnavailable(receiver, long);
    await at(member).up();
    receiver.clock.pass(cooldown);
    await expectAccepted(receiver, long);
  });
});

describe.each(['2604.3.0', 'newest'] as const)('a Python peer (%s) that has started while ours was down', (version) => {
  const ours = 'ours on Express';
  afterEach(() => at(ours).up());

  it('takes our tokens when it is back, and all others meanwhile', async () => {
    const token = await tokenOf(at(ours));
    const others = members.filter((member) => member !== ours);
    const known = await Promise.all(others.map((member) => tokenOf(at(member))));
    await at(ours).down();
    const peer = later(await there().network.python(version, await newSite(), { cooldown: 0 }));
    await expectRefused(peer, token, 'key_unknown');
    for (const other of known) await expectAccepted(peer, other);
    await at(ours).up();
    await expectAccepted(peer, token);
  });

  it('takes them at once if it has known our keys before', async () => {
    const peer = later(await there().network.python(version, await newSite()));
    const token = await tokenOf(at(ours));
    await expectAccepted(peer, token);
    await at(ours).down();
    await peer.down();
    await peer.up();
    await expectAccepted(peer, token);
  });
});
