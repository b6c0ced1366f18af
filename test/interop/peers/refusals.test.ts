import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { expectAccepted, expectRefused } from './support/expectations.js';
import { forged } from './support/forge.js';
import { newSite, type Instance } from './support/instance.js';
import { directions, members, useNetwork, type Member } from './support/network.js';
import { ShiftedClock } from './support/shifted-clock.js';
import { tokenOf } from './support/tokens.js';

const there = useNetwork();
const at = (member: Member): Instance => there().all[member];
const now = () => Math.floor(Date.now() / 1000);
const hour = 3_600;

const genuine = new Map<Member, string>();
const genuineOf = (member: Member) => genuine.get(member) ?? '';
beforeAll(async () => {
  for (const member of members) genuine.set(member, await tokenOf(at(member)));
});

const flaws: [name: string, change: (issuer: string) => JWTPayload, reason: string][] = [
  ['for another audience', () => ({ aud: 'other-api' }), 'audience_mismatch'],
  ['for audiences that begin alike', () => ({ aud: ['own-api/', 'own'] }), 'audience_mismatch'],
  ['that has expired', () => ({ iat: now() - hour, exp: now() - 10 }), 'expired'],
  ['from the future', () => ({ iat: now() + hour, exp: now() + 2 * hour }), 'issued_in_future'],
  ['whose issuer ends in a slash', (issuer) => ({ iss: `${issuer}/` }), 'issuer_unknown'],
  [
    'whose issuer is spelled with localhost',
    (issuer) => ({ iss: issuer.replace('127.0.0.1', 'localhost') }),
    'issuer_unknown',
  ],
  ['in the name of a stranger', () => ({ iss: 'https://stranger.example.org' }), 'issuer_unknown'],
];

describe.each(flaws)('a token %s', (_, change, reason) => {
  it.each(directions)('of %s is refused at %s', async (from, to) => {
    const issuer = there().network.issuerOf(from);
    await expectRefused(at(to), await forged(at(from), change(issuer)), reason);
    await expectAccepted(at(to), await forged(at(from), {}));
  });
});

describe('a token under the kid of its issuer', () => {
  it.each(directions)('of %s is refused at %s if somebody else has signed it', async (from, to) => {
    const { kid } = await at(from).key();
    for (const signer of members.filter((member) => member !== from)) {
      const key = await at(signer).key();
      await expectRefused(at(to), await forged(at(from), {}, { key, header: { kid } }), 'signature_invalid');
    }
    await expectAccepted(at(to), genuineOf(from));
  });
});

describe('a token signed by another peer, under its own kid', () => {
  const toOurs = directions.filter(([, to]) => to.startsWith('ours'));

  it.each(toOurs)('in the name of %s is refused at %s', async (from, to) => {
    for (const signer of members.filter((member) => member !== from && member !== to)) {
      await expectAccepted(at(to), genuineOf(signer));
      await expectRefused(at(to), await forged(at(from), {}, { key: await at(signer).key() }), 'key_unknown');
    }
    const itself = await at(to).key();
    await expectRefused(at(to), await forged(at(from), {}, { key: itself }), 'key_unknown');
    await expectAccepted(at(to), genuineOf(from));
  });
});

describe('somebody whom nobody trusts', () => {
  const strangers: Instance[] = [];
  afterEach(async () => {
    for (const stranger of strangers.splice(0)) await stranger.close();
  });

  it.each(['Python', 'ours'] as const)('is refused by everybody: %s', async (kind) => {
    const { network } = there();
    const site = await newSite();
    const stranger = kind === 'ours' ? await network.own(site) : await network.python('newest', site);
    strangers.push(stranger);
    const token = await tokenOf(stranger);
    await expectAccepted(stranger, token);
    for (const member of members) {
      await expectAccepted(stranger, genuineOf(member));
      await expectRefused(at(member), token, 'issuer_unknown');
    }
  });

  it('is refused at ours although it has the same name but for a slash', async () => {
    const site = await newSite();
    const stranger = await there().network.python('newest', site, { issuer: `${site.issuer}/` });
    strangers.push(stranger);
    const receiver = await there().network.own(await newSite(), { broker: { trustedIssuers: [site.issuer] } });
    strangers.push(receiver);
    await expectRefused(receiver, await tokenOf(stranger), 'issuer_unknown');
  });
});

describe('an instance of the Python family whose own name ends in a slash', () => {
  it('is accepted at ours under exactly that name', async () => {
    const site = await newSite();
    const issuer = `${site.issuer}/`;
    const { network } = there();
    const peer = await network.python('2604.3.0', site, { issuer });
    const receiver = await network.own(await newSite(), { broker: { trustedIssuers: [issuer] } });
    const { status, json } = await receiver.me(await tokenOf(peer));
    expect({ status, iss: json.iss }).toEqual({ status: 200, iss: issuer });
    await peer.close();
    await receiver.close();
  });
});

describe('a real token', () => {
  it.each(members)('of %s is refused at ours when its hour is over', async (from) => {
    const clock = new ShiftedClock(hour + 10);
    const late = await there().network.own(await newSite(), { clock });
    await expectRefused(late, genuineOf(from), 'expired');
    await late.close();
  });
});
