// Our minting, beside jose's and the bare signature of the same bytes.
import { randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { SignJWT } from 'jose';
import { compare } from '../rounds.mjs';
import { number, ratio, table } from '../report.mjs';

const { mint } = await import('../../dist/broker/minter.js');
const { newSigningKey, openSigningKey } = await import('../../dist/broker/signing-key.js');
const { Vault } = await import('../../dist/broker/vault.js');

const signOffThread = promisify(sign);
/** Where signatures are made off the thread, several have to be under way for the cores to be busy. */
const WIDTH = 8;

export async function measureMint({ rounds, milliseconds }) {
  const vault = new Vault(['an encryption key for this run, and no other']);
  const bars = [];
  const rows = [];
  for (const algorithm of ['RS256', 'ES256', 'EdDSA']) {
    const key = await openSigningKey(await newSigningKey(1, algorithm, 0, vault), vault);
    const claims = () => ({
      iss: 'https://app.example.org',
      aud: 'api',
      sub: 'user',
      sid: 'QUJDREVGR0hJSktMTU5PUA',
      jti: randomUUID(),
      iat: 1_795_500_000,
      exp: 1_795_503_600,
      roles: ['a', 'b', 'c'],
      groups: Array.from({ length: 20 }, (_, index) => `/department/team-${index}`),
    });
    const bytes = Buffer.from('x'.repeat(1_100));
    const digest = algorithm === 'EdDSA' ? null : 'sha256';
    const input = { key: key.privateKey, dsaEncoding: 'ieee-p1363' };
    const measured = await compare(
      {
        raw: algorithm === 'RS256' ? () => signOffThread(digest, bytes, input) : async () => sign(digest, bytes, input),
        ours: () => mint(claims(), key),
        jose: () =>
          new SignJWT(claims())
            .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: key.kid })
            .sign(key.privateKey),
      },
      { base: 'raw', rounds, milliseconds, width: WIDTH },
    );
    const { raw, ours, jose } = measured;
    rows.push([algorithm, number(raw.rate), number(ours.rate), ratio(ours), ratio(jose)]);
    bars.push({
      label: `mint ${algorithm}`,
      value: ours.ratio,
      goal: { RS256: 0.9, ES256: 0.75, EdDSA: 0.8 }[algorithm],
    });
  }
  const head = ['minting', 'raw signing /s', 'ours /s', 'ours of raw', 'jose of raw'];
  return { markdown: table(head, rows), bars };
}
