import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:https';
import { createServer as createSocketServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { expectAdmitted, expectRefused, targetOn, unavailable } from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import { selfSigned, type Certificate } from './certificate.js';

const hour = 3_600_000;

describe.each(adapters)('a provider on https, on %s,', (adapter) => {
  const target = targetOn(adapter);
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const listening = async (server: Server): Promise<string> => {
    servers.push(server);
    server.unref().on('connection', (socket: Socket) => socket.unref());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  /** A provider with this certificate. */
  const provider = async ({ key, cert }: Certificate): Promise<string> => {
    const server = createServer({ key, cert }, (asked, response) => {
      const document = { issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: `${issuer}/token` };
      response.setHeader('content-type', 'application/json').setHeader('connection', 'close');
      response.end(JSON.stringify(asked.url === '/jwks' ? { keys: target.stub.jwks } : document));
    });
    const issuer = await listening(server);
    return issuer;
  };
  const expectUnreachable = async (issuer: string, fetch?: typeof globalThis.fetch) => {
    const app = await target.boot({ auth: { discoveryUrl: issuer, ...(fetch && { fetch }) } });
    const bearer = await target.stub.accessToken({ iss: issuer });
    const ask = () => app.client.get('/door', {}, { bearer });
    await expectRefused(app, ask, unavailable('provider_unreachable'));
    expect(app.failed).toEqual([expect.objectContaining({ what: 'metadata', reason: 'provider_unreachable' })]);
    expect((await app.client.get('/door')).status).toBe(401);
    return app;
  };

  it('whose certificate nobody vouches for: 503, as long as configuration does not', async () => {
    const certificate = selfSigned();
    const issuer = await provider(certificate);
    await expectUnreachable(issuer);
    const app = await target.boot({ auth: { discoveryUrl: issuer, fetch: trusting(certificate) } });
    await expectAdmitted(app, await target.stub.accessToken({ iss: issuer }));
  });

  it.each([
    ['has expired', { from: Date.now() - 48 * hour, to: Date.now() - 24 * hour }],
    ['is not valid yet', { from: Date.now() + 24 * hour, to: Date.now() + 48 * hour }],
    ['is for another address', { address: '127.0.0.2' }],
  ])('whose certificate %s: 503, whoever vouches for it', async (_, options) => {
    const certificate = selfSigned(options);
    await expectUnreachable(await provider(certificate), trusting(certificate));
  });

  it('whose certificate is not the one that is vouched for: 503', async () => {
    await expectUnreachable(await provider(selfSigned()), trusting(selfSigned()));
  });

  it('that does not speak TLS: 503', async () => {
    const plain = createSocketServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    await expectUnreachable(await listening(plain));
  });

  it('that hangs up during the handshake: 503', async () => {
    await expectUnreachable(await listening(createSocketServer((socket) => socket.destroy())));
  });

  it('that is well again: tokens pass without a restart', async () => {
    const certificate = selfSigned();
    const issuer = await provider(certificate);
    let ahead = 0;
    let trusted: typeof fetch = fetch;
    const app = await target.boot({
      auth: { discoveryUrl: issuer, now: () => Date.now() + ahead, fetch: (...asked) => trusted(...asked) },
    });
    const bearer = await target.stub.accessToken({ iss: issuer });
    const ask = () => app.client.get('/door', {}, { bearer });
    await expectRefused(app, ask, unavailable('provider_unreachable'));
    trusted = trusting(certificate);
    ahead = 30_000;
    await expectAdmitted(app, bearer);
  });
});

/** A `fetch` that trusts this certificate alone, as applications with an authority of their own write it. */
function trusting({ cert }: Certificate): typeof fetch {
  return async (url, init) => {
    const asked = request(new URL(url instanceof Request ? url.url : url), {
      ca: cert,
      method: init?.method ?? 'GET',
      agent: false,
    });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return new Response(new Uint8Array(await buffer(answer)), { status: answer.statusCode ?? 0 });
  };
}
