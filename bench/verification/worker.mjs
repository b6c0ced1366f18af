// Complete verification in one process: signature, issuer, audience, times. Nothing is remembered.
import { createPublicKey, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { createVerifier } from 'fast-jwt';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { asReceived, authWith } from '../auth.mjs';
import { AUDIENCE, makeKeys, minter, startIssuer } from '../guards/tokens.mjs';
import { compare } from '../rounds.mjs';

const TOKENS = 1_000;
const verifyOffThread = promisify(verify);

const { rounds, milliseconds } = JSON.parse(process.argv[2]);
const keys = makeKeys();
const { issuer, close } = await startIssuer(keys);
const { auth } = await authWith({ discoveryUrl: issuer, audience: AUDIENCE, cache: { verifiedTokens: 0 } });
const jwks = createLocalJWKSet({ keys: Object.values(keys).map(({ publicJwk }) => publicJwk) });

const measured = {};
for (const algorithm of Object.keys(keys)) {
  const contenders = await contendersOf(algorithm);
  const { raw, ours, jose, fastJwt } = contenders;
  for (const one of Object.values(contenders)) await one();
  const alone = await compare({ raw, ours, jose, fastJwt }, { base: 'raw', rounds, milliseconds });
  const many = await compare(contenders, { base: 'raw', rounds, milliseconds, width: 64 });
  measured[algorithm] = { alone, many };
}
close();
process.on('disconnect', () => process.exit());
process.send(measured);

async function contendersOf(algorithm) {
  const { publicJwk, privateJwk } = keys[algorithm];
  const mint = minter(algorithm, privateJwk, issuer);
  const tokens = await Promise.all(Array.from({ length: TOKENS }, async () => asReceived(await mint())));
  const key = createPublicKey({ key: publicJwk, format: 'jwk' });
  const parts = tokens.map((token) => {
    const end = token.lastIndexOf('.');
    return [Buffer.from(token.slice(0, end)), Buffer.from(token.slice(end + 1), 'base64url')];
  });
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  const input = { key, dsaEncoding: 'ieee-p1363' };
  const rules = { issuer, audience: AUDIENCE, algorithms: [algorithm] };
  const fast = createVerifier({
    key: key.export({ type: 'spki', format: 'pem' }),
    algorithms: [algorithm],
    allowedIss: issuer,
    allowedAud: AUDIENCE,
    cache: false,
  });
  const inTurn = (list) => {
    let at = 0;
    return () => list[at++ % TOKENS];
  };
  const [rawPart, rawPartOff, ourToken, joseToken, fastToken] = [parts, parts, tokens, tokens, tokens].map(inTurn);
  return {
    raw: async () => {
      const [bytes, signature] = rawPart();
      if (!verify(digest, bytes, input, signature)) throw new Error('refused');
    },
    rawOffThread: async () => {
      const [bytes, signature] = rawPartOff();
      if (!(await verifyOffThread(digest, bytes, input, signature))) throw new Error('refused');
    },
    ours: () => auth.verify(ourToken()),
    jose: () => jwtVerify(joseToken(), jwks, rules),
    fastJwt: async () => fast(fastToken()),
  };
}
