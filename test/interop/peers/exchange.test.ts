import { beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { expectAccepted } from './support/expectations.js';
import { newSite, type Instance, type Site } from './support/instance.js';
import { members, useNetwork, type Member } from './support/network.js';
import type { OwnInstance } from './support/own-instance.js';
import { tokenOf } from './support/tokens.js';

const there = useNetwork();
const pythons = ['Python 2604.3.0', 'Python newest'] as const;

const tokens = new Map<Member, string>();
const bobOf = (member: Member) => tokens.get(member) ?? '';
beforeAll(async () => {
  for (const member of members) tokens.set(member, await tokenOf(there().all[member], { user: 'bob' }));
});

function exchangeAt({ client }: Instance, token: string) {
  return client.post('/auth/v2/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  });
}

describe('a peer token that is to be exchanged', () => {
  let site: Site;
  let exchanging: OwnInstance;
  beforeAll(async () => {
    const { network } = there();
    const trustedIssuers: BrokerOptions['trustedIssuers'] = members.map((member) => ({
      issuer: network.issuerOf(member),
      exchange: ({ subject: { roles } }) =>
        Array.isArray(roles) && roles.includes('staff') && { sub: 'bob of ours', roles: ['guest'], scopes: ['read'] },
    }));
    site = await newSite();
    exchanging = await network.own(site, { broker: { trustedIssuers } });
  });

  it.each(members)('becomes a token of ours with what the policy maps: of %s', async (member) => {
    const { status, json } = await exchangeAt(exchanging, bobOf(member));
    expect({ status, scope: json.scope }).toEqual({ status: 200, scope: 'read' });
    expect(json).not.toHaveProperty('refresh_token');
    const token = String(json.access_token);
    const { iss, sub, roles, exp } = claimsOf(token);
    expect({ iss, sub, roles }).toEqual({ iss: site.issuer, sub: 'bob of ours', roles: ['guest'] });
    expect(exp).toBeLessThanOrEqual(Number(claimsOf(bobOf(member)).exp));
    await expectAccepted(exchanging, token);
  });

  it('is understood by Python peers once it is one of ours', async () => {
    const token = String((await exchangeAt(exchanging, bobOf('Python newest'))).json.access_token);
    const { network } = there();
    for (const version of ['2604.3.0', 'newest'] as const) {
      const python = await network.python(version, await newSite(), { trustedIssuers: [site.issuer] });
      const { status, json } = await python.me(token);
      expect({ status, sub: json.sub, name: json.preferred_username }).toEqual({
        status: 200,
        sub: 'bob of ours',
        name: 'bob.brown',
      });
    }
  });

  it.each(members)('is refused if the policy says no: of %s', async (member) => {
    const token = await tokenOf(there().all[member], { user: 'carol' });
    expectWireError(await exchangeAt(exchanging, token), 400, 'invalid_request');
  });

  it.each(members)('is refused where its entry allows no exchange: of %s', async (member) => {
    const receiver = there().all[member === 'ours on Express' ? 'ours on Fastify' : 'ours on Express'];
    expectWireError(await exchangeAt(receiver, bobOf(member)), 400, 'invalid_request');
  });

  it.each(pythons)('is refused at %s, which exchanges tokens of the provider only', async (python) => {
    for (const member of members) {
      expect((await exchangeAt(there().all[python], bobOf(member))).status).toBe(401);
    }
  });
});

describe('a peer token', () => {
  it.each(members)('of %s refreshes nothing anywhere else', async (member) => {
    for (const other of members.filter((one) => one !== member)) {
      const receiver = there().all[other];
      const form = { grant_type: 'refresh_token', 'refresh-token': bobOf(member) };
      const answer = await receiver.client.post('/auth/v2/token', form);
      if (other.startsWith('ours')) expectWireError(answer, 400, 'invalid_grant');
      else expect(answer.status).toBe(401);
    }
    await expectAccepted(there().all[member], bobOf(member));
  });

  it.each(members)('of %s ends no session at ours', async (member) => {
    for (const other of (['ours on Express', 'ours on Fastify'] as const).filter((one) => one !== member)) {
      const { client } = there().all[other];
      expectWireError(await client.post('/auth/v2/logout', {}, { bearer: bobOf(member) }), 401, 'invalid_token');
      expect((await client.post('/auth/v2/revoke', { token: bobOf(member) })).status).toBe(200);
      await expectAccepted(there().all[other], bobOf(member));
    }
  });
});
