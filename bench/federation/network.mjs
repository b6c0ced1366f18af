// The others, in one process: every issuer on an origin of its own, with metadata below /nest and without below /python, and
// some that take connections and never answer.
import { once } from 'node:events';
import { createServer } from 'node:http';

const { issuers, silent } = JSON.parse(process.argv[2]);
/** Milliseconds after which a connection is closed: nobody keeps one from one fetch of keys to the next. */
const IDLE = 2_500;
const FAMILY = '/auth/v2/.well-known/jwks.json';
/** Bodies of the key sets, by issuer. */
let published = [];

async function listen(handler) {
  const server = createServer({ keepAliveTimeout: IDLE }, handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

function publisher(at) {
  return ({ url, headers }, response) => {
    const body = documentAt(url, `http://${headers.host}`, at);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(body ?? '{}');
  };
}

function documentAt(url, origin, at) {
  if (url === '/nest/keys' || url === `/python${FAMILY}`) return published[at];
  if (url !== '/.well-known/oauth-authorization-server/nest') return undefined;
  return JSON.stringify({ issuer: `${origin}/nest`, jwks_uri: `${origin}/nest/keys` });
}

const origins = await Promise.all(Array.from({ length: issuers }, (_, at) => listen(publisher(at))));
const hanging = await Promise.all(Array.from({ length: silent }, () => listen(() => undefined)));

process.on('disconnect', () => process.exit());
process.on('message', (keySets) => {
  published = keySets.map((keys) => JSON.stringify({ keys }));
  process.send('published');
});
process.send({ origins, silent: hanging });
