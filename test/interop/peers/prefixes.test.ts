import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectAccepted, expectRefused } from './support/expectations.js';
import { forged } from './support/forge.js';
import { directions, members, useNetwork, type Member } from './support/network.js';
import { tokenOf } from './support/tokens.js';

const there = useNetwork({
  prefixes: {
    'Python 2604.3.0': '/python',
    'Python newest': '/deep/below',
    'ours on Express': '/api',
    'ours on Fastify': '/api/v2/auth',
  },
});
const tokens = new Map<Member, string>();
beforeAll(async () => {
  for (const member of members) tokens.set(member, await tokenOf(there().all[member]));
});

describe('instances behind a prefix, which is part of their name,', () => {
  it.each(directions)('take each other: of %s at %s', async (from, to) => {
    const token = tokens.get(from) ?? '';
    const receiver = there().all[to];
    await expectAccepted(receiver, token);
    const { status, json } = await receiver.client.get('/auth/v2/userinfo', {}, { bearer: token });
    expect({ status, username: json.username }).toEqual({ status: 200, username: 'alice.adams' });
  });

  it.each(directions)('are not known by their origin alone: of %s at %s', async (from, to) => {
    const sender = there().all[from];
    for (const iss of [new URL(sender.issuer).origin, `${new URL(sender.issuer).origin}/`, `${sender.issuer}/`]) {
      await expectRefused(there().all[to], await forged(sender, { iss }), 'issuer_unknown');
    }
  });
});
