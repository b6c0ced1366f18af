import { asReceived, authWith } from '../auth.mjs';
import { AUDIENCE, makeKeys, minter, startIssuer } from '../guards/tokens.mjs';
import { costBySize } from './by-size.mjs';

/** A complete verification of a peer's token in broker mode, by the number of trusted issuers; its own is the last. */
export async function issuers(settings) {
  const { ES256 } = makeKeys();
  const { issuer, jwksUri, close } = await startIssuer({ ES256 });
  const operations = {};
  const ends = [];
  for (const size of [1, 10, 100]) {
    const trusted = Array.from({ length: size - 1 }, (_, at) => ({ issuer: `${issuer}-${at}`, jwksUri }));
    const { auth, close: end } = await authWith({
      clientSecret: 'a secret of 32 characters or more',
      discoveryUrl: 'http://127.0.0.1:1/provider',
      baseUrl: 'http://127.0.0.1:3000',
      cache: { verifiedTokens: 0 },
      broker: {
        store: 'memory:',
        audience: AUDIENCE,
        encryptionKey: 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=',
        signing: { algorithm: 'ES256' },
        trustedIssuers: [...trusted, { issuer, jwksUri }],
      },
    });
    const token = asReceived(await minter('ES256', ES256.privateJwk, issuer)());
    operations[size] = () => auth.verify(token);
    ends.push(end);
  }
  const measured = await costBySize(operations, settings);
  for (const end of ends) await end();
  close();
  return measured;
}
