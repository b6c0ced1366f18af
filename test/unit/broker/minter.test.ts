import { describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { SigningAlgorithm } from '../../../lib/broker/broker.settings.js';
import { mint } from '../../../lib/broker/minter.js';
import { newSigningKey, openSigningKey } from '../../../lib/broker/signing-key.js';
import { Vault } from '../../../lib/broker/vault.js';
import { ENCRYPTION_KEY } from './broker-parts.js';

const vault = new Vault([ENCRYPTION_KEY]);
const claims = { iss: 'https://app.example.org', aud: 'own-api', sub: 'Jürgen', roles: ['a', 'b'] };

describe.each<SigningAlgorithm>(['RS256', 'ES256', 'EdDSA'])('an access token signed with %s', (algorithm) => {
  test('is verified by jose, with the key as it is published', async () => {
    const key = await openSigningKey(await newSigningKey(1, algorithm, 0, vault), vault);
    const { payload, protectedHeader } = await jwtVerify(
      await mint(claims, key),
      createLocalJWKSet({ keys: [key.publicJwk] }),
      { algorithms: [algorithm], typ: 'at+jwt', issuer: claims.iss, audience: claims.aud },
    );
    expect(payload).toEqual(claims);
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: key.kid });
  });

  test('is verified by no other key', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(async (sequence) => openSigningKey(await newSigningKey(sequence, algorithm, 0, vault), vault)),
    );
    if (!one || !other) throw new Error('there have to be two keys');
    const published = createLocalJWKSet({ keys: [{ ...other.publicJwk, kid: one.kid }] });
    await expect(jwtVerify(await mint(claims, one), published)).rejects.toThrow('signature verification failed');
  });
});
