import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headerOf } from '../../support/keys.js';
import { expectAccepted, expectRefused } from './support/expectations.js';
import { newSite, type Instance } from './support/instance.js';
import { members, useNetwork, type Member } from './support/network.js';
import type { OwnInstance } from './support/own-instance.js';
import { PythonInstance } from './support/python-instance.js';
import { tokenOf } from './support/tokens.js';

// a minute passes between two looks of a Python peer at unknown keys, which nobody can wait for
const there = useNetwork({}, { python: { cooldown: 0 } });
const at = (member: Member): Instance => there().all[member];

async function restart(instance: Instance): Promise<void> {
  await instance.down();
  await instance.up();
}

async function exchangeKey(instance: Instance): Promise<void> {
  await instance.down();
  await instance.dropKey();
  await instance.up();
}

describe.each(members)('when the key of %s has leaked and another one is made,', (member) => {
  const others = members.filter((other) => other !== member);
  let old: string;
  let next: string;
  let untold: OwnInstance;
  beforeAll(async () => {
    untold = await there().network.own(await newSite());
    old = await tokenOf(at(member));
    for (const receiver of [...others.map(at), untold]) await expectAccepted(receiver, old);
    await exchangeKey(at(member));
    next = await tokenOf(at(member));
    expect(headerOf(next).kid).not.toBe(headerOf(old).kid);
  });
  afterAll(() => untold.close());

  it('the next token is accepted everywhere, and the old one is no more, as soon as the new key is known', async () => {
    await expectAccepted(at(member), next);
    await expectRefused(at(member), old, 'key_unknown');
    for (const receiver of others.map(at)) {
      await expectAccepted(receiver, next);
      // what a Python peer has once learnt it forgets at its next start
      if (receiver instanceof PythonInstance) await restart(receiver);
      await expectRefused(receiver, old, 'key_unknown');
      await expectAccepted(receiver, next);
    }
  });

  it('the old one is refused by age alone where nobody has shown a new one', async () => {
    await expectAccepted(untold, old);
    untold.clock.pass(1_201);
    await expectRefused(untold, old, 'key_unknown');
    await expectAccepted(untold, next);
  });
});
