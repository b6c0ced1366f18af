import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { answers } from '../sample/checks.mjs';
import { root } from '../run.mjs';

// Its access tokens are for somebody else: applications in broker mode need none of theirs.
const client = { clientId: 'my-client', clientSecret: 'a secret of 32 characters or more', audience: 'urn:other-api' };

/** The sample's local provider, for applications in broker mode to log in at. */
export async function startProvider(folder) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const settings = { issuer, baseUrl: 'http://127.0.0.1:3000', file: join(folder, 'provider.json'), ...client };
  const child = spawn(process.execPath, [join(root, 'sample-app/dist/provider/main.js')], {
    env: { ...process.env, PORT: String(port), LOCAL_PROVIDER: JSON.stringify(settings) },
    stdio: 'ignore',
  });
  const discoveryUrl = `${issuer}/.well-known/openid-configuration`;
  await answers(discoveryUrl);
  return { child, issuer, env: { DISCOVERY_URL: discoveryUrl, CLIENT_SECRET: client.clientSecret } };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
