// An OpenID provider as far as a log-in without a person needs one: the code is made of the nonce, by whoever logs in.
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Seconds. */
const LIFETIME = 300;

const { publicKey, privateKey } = await generateKeyPair('ES256');
const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
const keys = [{ ...(await exportJWK(publicKey)), kid: 'provider', alg: 'ES256', use: 'sig' }];

const answers = {
  '/.well-known/openid-configuration': () => ({
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  }),
  '/jwks': () => ({ keys }),
  '/revoke': () => ({}),
  async '/token'(form) {
    const code = form.get('code');
    const user = { sub: 'somebody', preferred_username: 'ada', email: 'ada@example.org', groups: ['staff'] };
    return {
      access_token: await signed({ ...user, aud: 'urn:api', jti: randomUUID() }, 'at+jwt'),
      token_type: 'Bearer',
      expires_in: LIFETIME,
      refresh_token: randomBytes(24).toString('base64url'),
      scope: 'openid profile email',
      ...(code && { id_token: await signed({ ...user, aud: 'bench', nonce: code.slice('code-'.length) }, 'JWT') }),
    };
  },
};

function signed(claims, typ) {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...claims, iss: issuer, iat: now, exp: now + LIFETIME, auth_time: now })
    .setProtectedHeader({ alg: 'ES256', kid: 'provider', typ })
    .sign(privateKey);
}

server.on('request', async (request, response) => {
  const answer = answers[new URL(request.url, issuer).pathname];
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify((await answer?.(new URLSearchParams(await text(request)))) ?? {}));
});
process.on('disconnect', () => process.exit());
process.send({ issuer });
