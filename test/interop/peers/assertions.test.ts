import { beforeAll, describe, expect, it } from '@jest/globals';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { claimsOf } from '../../support/keys.js';
import { users } from '../../support/provider.js';
import { newSite } from './support/instance.js';
import { members, useNetwork, type Member } from './support/network.js';
import type { OwnInstance } from './support/own-instance.js';
import { tokenOf } from './support/tokens.js';

const there = useNetwork();
const pythons = ['Python 2604.3.0', 'Python newest'] as const;
const everything = ['admin', 'admins', 'reader', 'staff', 'user', 'writer'];

/** An instance of ours that lets all members assert these claims. */
async function trusting(claims: string[], broker: Partial<BrokerOptions> = {}): Promise<OwnInstance> {
  const { network } = there();
  const trustedIssuers = members.map((member) => ({ issuer: network.issuerOf(member), claims }));
  return network.own(await newSite(), { broker: { trustedIssuers, ...broker } });
}

const tokens = new Map<Member, string>();
const bobOf = (member: Member) => tokens.get(member) ?? '';
beforeAll(async () => {
  for (const member of members) tokens.set(member, await tokenOf(there().all[member], { user: 'bob' }));
});

describe('roles', () => {
  let credulous: OwnInstance;
  let strict: OwnInstance;
  beforeAll(async () => {
    credulous = await trusting(['roles']);
    strict = await trusting([]);
  });

  it.each(members)('are the same union of all sources in a token of %s', (member) => {
    expect([...(claimsOf(bobOf(member)).roles as string[])].sort()).toEqual(everything);
  });

  it.each(members)('of a token of %s count at ours where its entry lists them, and nowhere else', async (member) => {
    const believed = await credulous.get('/roles', bobOf(member));
    expect({ status: believed.status, roles: [...(believed.json.roles as string[])].sort() }).toEqual({
      status: 200,
      roles: everything,
    });
    const { status, json } = await strict.get('/roles', bobOf(member));
    expect({ status, error: json.error }).toEqual({ status: 403, error: 'insufficient_scope' });
    expect((await strict.me(bobOf(member))).json.roles).toEqual([]);
  });

  it.each(members)(
    'of a token of %s open a Python route that wants one, and those of others do not',
    async (member) => {
      const nobody = await tokenOf(there().all[member], { user: 'carol' });
      for (const python of pythons) {
        expect((await there().all[python].staff(bobOf(member))).status).toBe(200);
        expect((await there().all[python].staff(nobody)).status).toBe(403);
      }
    },
  );

  it.each(members)('are all that a token of %s says of rights: no other claim comes with them', async (member) => {
    const { json } = await credulous.me(bobOf(member));
    const { iss, sub, aud, iat, exp, jti } = claimsOf(bobOf(member));
    const { preferred_username, email } = users.bob;
    const email_verified = member.startsWith('ours');
    const roles = json.roles;
    expect(json).toEqual({ iss, sub, aud, iat, exp, jti, preferred_username, email, email_verified, roles });
  });
});

describe('a user without e-mail and name', () => {
  it.each(members)('is known everywhere by a token of %s', async (member) => {
    const token = await tokenOf(there().all[member], { user: 'carol' });
    for (const receiver of Object.values(there().all)) {
      const { status, json } = await receiver.me(token);
      expect({ status, name: json.preferred_username }).toEqual({ status: 200, name: 'carol' });
      const userinfo = await receiver.client.get('/auth/v2/userinfo', {}, { bearer: token });
      const known = { username: 'carol', pw_name: 'carol', first_name: '', last_name: '', email: '' };
      expect({ status: userinfo.status, json: userinfo.json }).toEqual({ status: 200, json: known });
    }
  });
});

describe("an instance of ours whose sub is the provider's", () => {
  it('is understood by Python peers, who know the user by name all the same', async () => {
    const site = await newSite();
    const { network } = there();
    const instance = await network.own(site, { broker: { subject: 'sub' } });
    for (const version of ['2604.3.0', 'newest'] as const) {
      const python = await network.python(version, await newSite(), { trustedIssuers: [site.issuer] });
      const token = await tokenOf(instance, { user: 'bob' });
      const { json } = await python.me(token);
      expect(json).toMatchObject({ sub: users.bob.sub, preferred_username: 'bob.brown' });
      const userinfo = await python.client.get('/auth/v2/userinfo', {}, { bearer: token });
      expect(userinfo.json.username).toBe('bob.brown');
    }
  });
});
