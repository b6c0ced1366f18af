// Keys, tokens of the size that providers issue, and an issuer that publishes the keys.
import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { SUBJECT } from './hosts/subject.mjs';

const signOffThread = promisify(sign);

export const AUDIENCE = 'bench-api';
/** Bytes of the claims as JSON. */
const CLAIMS = 1_024;
const HOUR = 3_600;

/** @returns algorithm → { publicJwk, privateJwk } */
export function makeKeys() {
  const pairs = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: generateKeyPairSync('ed25519'),
  };
  return Object.fromEntries(
    Object.entries(pairs).map(([alg, { publicKey, privateKey }]) => [
      alg,
      {
        publicJwk: { ...publicKey.export({ format: 'jwk' }), kid: keyId(alg), alg, use: 'sig' },
        privateJwk: privateKey.export({ format: 'jwk' }),
      },
    ]),
  );
}

/** As long as Keycloak's. */
function keyId(alg) {
  return `${alg}-0123456789012345678901234567890123456`;
}

/** @returns what makes a new token: its id and its signature are its own */
export function minter(algorithm, privateJwk, issuer, change = {}) {
  const key = createPrivateKey({ key: privateJwk, format: 'jwk' });
  const header = encoded({ alg: algorithm, typ: 'JWT', kid: keyId(algorithm) });
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  return async () => {
    const content = `${header}.${encoded({ ...claimsOf(issuer), ...change })}`;
    const signature = await signOffThread(digest, Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' });
    return `${content}.${signature.toString('base64url')}`;
  };
}

function encoded(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function claimsOf(issuer) {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    exp: now + 2 * HOUR,
    iat: now,
    jti: randomUUID(),
    iss: issuer,
    aud: [AUDIENCE, 'account'],
    sub: SUBJECT,
    typ: 'Bearer',
    azp: 'bench',
    sid: '4b5a6f70-1c2d-4e3f-8a9b-0c1d2e3f4a5b',
    realm_access: { roles: ['offline_access', 'uma_authorization', 'staff'] },
    resource_access: { account: { roles: ['manage-account', 'view-profile'] } },
    scope: 'openid profile email',
    email_verified: true,
    name: 'Ada Lovelace',
    preferred_username: 'ada',
    email: 'ada@example.org',
    groups: [],
  };
  for (let size = JSON.stringify(claims).length; size < CLAIMS; size = JSON.stringify(claims).length) {
    claims.groups.push(`/department/team-${claims.groups.length}`.slice(0, Math.max(1, CLAIMS - size - 3)));
  }
  return claims;
}

/** An issuer on loopback whose paths are Keycloak's. */
export async function startIssuer(keys) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${server.address().port}/realms/bench`;
  const jwksUri = `${issuer}/protocol/openid-connect/certs`;
  const documents = {
    [`${issuer}/.well-known/openid-configuration`]: {
      issuer,
      jwks_uri: jwksUri,
      authorization_endpoint: `${issuer}/protocol/openid-connect/auth`,
      token_endpoint: `${issuer}/protocol/openid-connect/token`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: Object.keys(keys),
    },
    [jwksUri]: { keys: Object.values(keys).map(({ publicJwk }) => publicJwk) },
  };
  server.on('request', ({ url, headers }, response) => {
    const document = documents[`http://${headers.host}${url}`];
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { issuer, jwksUri, close };
}
