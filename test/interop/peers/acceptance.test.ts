import { beforeAll, describe, expect, it } from '@jest/globals';
import { claimsOf } from '../../support/keys.js';
import { directions, members, useNetwork, type Member } from './support/network.js';
import { grants, tokenOf, type Grant } from './support/tokens.js';

const there = useNetwork();
const tokens = new Map<string, string>();
const token = (from: Member, grant: Grant) => tokens.get(`${from}, ${grant}`) ?? '';

beforeAll(async () => {
  const { network, all } = there();
  for (const member of members) {
    for (const grant of grants) {
      const { subjectToken } = network;
      tokens.set(`${member}, ${grant}`, await tokenOf(all[member], { grant, subjectToken }));
    }
  }
});

describe.each(grants)('a token by %s', (grant) => {
  it.each(members)('works where it was issued: %s', async (member) => {
    const answer = await there().all[member].me(token(member, grant));
    expect({ status: answer.status, sub: answer.json.sub }).toEqual({ status: 200, sub: 'alice.adams' });
  });

  it.each(directions)('of %s works at %s, and is of the same user', async (from, to) => {
    const { json, status } = await there().all[to].me(token(from, grant));
    const { iss, sub, aud, exp, iat, jti } = claimsOf(token(from, grant));
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { iss, sub, aud, exp, iat, jti, preferred_username: 'alice.adams', email: 'alice@example.org' },
    });
    expect({ iss, sub }).toEqual({ iss: there().network.issuerOf(from), sub: 'alice.adams' });
  });

  it.each(directions)('of %s has userinfo at %s', async (from, to) => {
    const { client } = there().all[to];
    const { json, status } = await client.get('/auth/v2/userinfo', {}, { bearer: token(from, grant) });
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { username: 'alice.adams', pw_name: 'alice.adams', email: 'alice@example.org' },
    });
  });
});
