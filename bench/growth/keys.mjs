import { generateKeyPairSync } from 'node:crypto';
import { asReceived, authWith } from '../auth.mjs';
import { AUDIENCE, makeKeys, minter, startIssuer } from '../guards/tokens.mjs';
import { costBySize } from './by-size.mjs';

/** A complete verification, by the number of keys in the issuer's set; the one that signed is the last. */
export async function keys(settings) {
  const { ES256 } = makeKeys();
  const operations = {};
  const ends = [];
  for (const size of [1, 10, 100]) {
    const published = { ...others(size - 1), ES256 };
    const { issuer, close } = await startIssuer(published);
    const { auth, close: end } = await authWith({
      discoveryUrl: issuer,
      audience: AUDIENCE,
      cache: { verifiedTokens: 0 },
    });
    const token = asReceived(await minter('ES256', ES256.privateJwk, issuer)());
    operations[size] = () => auth.verify(token);
    ends.push(close, end);
  }
  const measured = await costBySize(operations, settings);
  for (const end of ends) await end();
  return measured;
}

function others(count) {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return [
        `other-${at}`,
        { publicJwk: { ...publicKey.export({ format: 'jwk' }), kid: `other-${at}`, alg: 'ES256' } },
      ];
    }),
  );
}
