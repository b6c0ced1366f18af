import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimsOf, headerOf } from '../../support/keys.js';
import { expectAccepted } from './support/expectations.js';
import { newSite } from './support/instance.js';
import { Network } from './support/network.js';
import type { OwnInstance } from './support/own-instance.js';
import { grants, tokenOf } from './support/tokens.js';

const versions = ['2604.3.0', 'newest'] as const;

let network: Network;
let ours: OwnInstance;
beforeAll(async () => {
  network = await Network.open();
  ours = await network.own('ours on Express');
});
afterAll(() => network.close());

async function published(): Promise<Record<string, unknown>[]> {
  const { json } = await ours.client.get('/auth/v2/.well-known/jwks.json');
  return json.keys as Record<string, unknown>[];
}

const rsa = {
  kty: 'RSA',
  alg: 'RS256',
  use: 'sig',
  kid: expect.stringMatching(/^[\w-]{43}$/),
  n: expect.any(String),
  e: 'AQAB',
};

describe('what Python peers would fail at is not there', () => {
  it.each(grants)('in a token by %s', async (grant) => {
    for (const user of ['alice', 'bob', 'carol']) {
      const token = await tokenOf(ours, { grant, user, subjectToken: network.subjectToken });
      const { iat, exp, ...claims } = claimsOf(token);
      expect(headerOf(token)).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: rsa.kid });
      expect([Number.isInteger(iat), Number.isInteger(exp)]).toEqual([true, true]);
      for (const name of ['iss', 'sub', 'aud', 'jti', 'scope', 'preferred_username']) {
        expect({ [name]: claims[name] }).toEqual({ [name]: expect.any(String) });
      }
      expect(claims.roles).toEqual((claims.roles as unknown[]).map(() => expect.any(String)));
      expect(['string', 'undefined']).toContain(typeof claims.email);
    }
  });

  it('in the key set: RSA keys only, each with a kid, and nothing private', async () => {
    expect(await published()).toEqual([rsa]);
  });
});

describe('after RS256 was given up for ES256, and taken up again,', () => {
  let while256: string;
  beforeAll(async () => {
    await ours.restart({ signing: { algorithm: 'ES256' } });
    while256 = await tokenOf(ours);
    await ours.restart({ signing: { algorithm: 'RS256' } });
  });

  it('the key set has RSA keys only, each with a kid of its own', async () => {
    const keys = await published();
    expect(keys).toEqual([rsa, rsa]);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2);
  });

  it('our own tokens of that time are still good here', async () => {
    expect(headerOf(while256).alg).toBe('ES256');
    await expectAccepted(ours, while256);
  });

  it.each(versions)('a Python peer (%s) that starts then is well, with our tokens and its own', async (version) => {
    const peer = await network.python(version, await newSite());
    await expectAccepted(peer, await tokenOf(ours));
    await expectAccepted(peer, await tokenOf(peer));
    await peer.down();
    await peer.up();
    await expectAccepted(peer, await tokenOf(peer));
  });
});
