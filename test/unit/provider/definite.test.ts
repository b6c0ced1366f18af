import { EventEmitter, once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ProviderUnavailableError } from '../../../lib/errors/index.js';
import { Outbound } from '../../../lib/outbound/outbound.js';
import { unavailable } from '../../../lib/provider/unavailable.js';
import { Unavailable } from '../../../lib/tokens/index.js';
import { selfSigned } from '../../faults/certificate.js';
import { freePort } from '../../support/loopback.js';
import { discoverySettings } from './settings.js';

type Fetch = typeof globalThis.fetch;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.unref().on('connection', (socket: Socket) => socket.unref());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that does this with the first bytes of a request. */
const server = (answer: (socket: Socket) => void): Promise<number> =>
  listening(
    createServer((socket) => {
      socket.once('data', () => answer(socket)).on('error', () => undefined);
    }),
  );

/** What becomes of a token request, with the global fetch and real sockets. */
async function post(url: string, { timeout = 30_000, fetch = globalThis.fetch } = {}): Promise<unknown> {
  const outbound = new Outbound({ fetch, timeout, discovery: discoverySettings() });
  return outbound.fetch(url, { method: 'POST', body: 'grant_type=refresh_token' }).catch((error: unknown) => error);
}

const expectDefinite = (error: unknown, definite: boolean) => {
  expect(error).toBeInstanceOf(ProviderUnavailableError);
  expect(error).toMatchObject({ definite });
};
const failing =
  (cause: object, depth = 1): Fetch =>
  () => {
    let error = Object.assign(new Error('failed'), cause);
    for (let wrapped = 0; wrapped < depth; wrapped++) error = new TypeError('fetch failed', { cause: error });
    return Promise.reject(error);
  };

describe('the provider has certainly not acted', () => {
  it('where nobody listens', async () => {
    expectDefinite(await post(`http://127.0.0.1:${await freePort()}/token`), true);
  });

  it('where no host has the name', async () => {
    // too long for any name server to be asked
    expectDefinite(await post(`http://${'no'.repeat(40)}.invalid/token`), true);
  });

  it('where nobody vouches for the certificate, and nothing was said to whoever has it', async () => {
    let said = 0;
    const { key, cert } = selfSigned();
    const port = await listening(createHttpsServer({ key, cert }, () => said++));
    expectDefinite(await post(`https://127.0.0.1:${port}/token`), true);
    expect(said).toBe(0);
  });

  it.each([429, 500, 503])('where it answers %d', async (status) => {
    const port = await server((socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`));
    expectDefinite(await post(`http://127.0.0.1:${port}/token`), true);
  });

  it('where the application has closed, because then nothing is sent', async () => {
    let sent = 0;
    const fetch: Fetch = () => Promise.resolve(new Response(String(++sent)));
    const outbound = new Outbound({ fetch, timeout: 1_000, discovery: discoverySettings() });
    outbound.close();
    const error: unknown = await outbound.fetch('http://127.0.0.1:9/').catch((thrown: unknown) => thrown);
    expectDefinite(error, true);
    expect(sent).toBe(0);
  });

  it('where its metadata or keys could not be had before', () => {
    const lost = new ProviderUnavailableError('provider_timeout', 'no answer');
    expectDefinite(unavailable(new Unavailable(1, lost)), true);
    expectDefinite(unavailable(new Unavailable(1, lost), false), false);
  });

  it.each([
    [{ code: 'ECONNREFUSED' }],
    [{ code: 'ENOTFOUND' }],
    [{ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }],
    [{ code: 'EHOSTUNREACH', syscall: 'connect' }],
    [{ code: 'ENETUNREACH', syscall: 'connect' }],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }],
    [{ code: 'ECONNRESET', syscall: 'connect' }],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }],
    [{ code: 'CERT_HAS_EXPIRED' }],
    [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
  ])('where the connection fails with %j, however deep the error says so', async (cause) => {
    for (const depth of [0, 1, 3]) {
      expectDefinite(await post('http://127.0.0.1:9/token', { fetch: failing(cause, depth) }), true);
    }
  });
});

describe('nobody knows whether the provider has acted', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['it cuts the connection', (socket) => socket.destroy()],
    ['it resets the connection', (socket) => socket.resetAndDestroy()],
    ['its answer breaks off', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":')],
    ['its answer is garbage', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a gateway says 502', (socket) => socket.end('HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n')],
    ['a gateway says 504', (socket) => socket.end('HTTP/1.1 504 No\r\ncontent-length: 0\r\n\r\n')],
    ['it says 501', (socket) => socket.end('HTTP/1.1 501 No\r\ncontent-length: 0\r\n\r\n')],
  ])('where %s', async (_, answer) => {
    expectDefinite(await post(`http://127.0.0.1:${await server(answer)}/token`), false);
  });

  it('where it closes a connection that was in use before, and then nothing is sent again', async () => {
    const requests: string[] = [];
    const port = await listening(
      createServer((socket) => {
        socket
          .on('error', () => undefined)
          .on('data', (data) => {
            requests.push(String(data).split(' ')[0] ?? '');
            if (requests.length > 1) socket.destroy();
            else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}');
          });
      }),
    );
    const outbound = new Outbound({ fetch, timeout: 30_000, discovery: discoverySettings() });
    await outbound.fetch(`http://127.0.0.1:${port}/jwks`);
    expectDefinite(await post(`http://127.0.0.1:${port}/token`), false);
    expect(requests.slice(0, 2)).toEqual(['GET', 'POST']);
    expect(requests.filter((method) => method === 'POST')).toHaveLength(1);
  });

  it('where it does not answer in time', async () => {
    const port = await server(() => undefined);
    expectDefinite(await post(`http://127.0.0.1:${port}/token`, { timeout: 200 }), false);
  });

  it('where the application closes meanwhile', async () => {
    const arrived = new EventEmitter();
    const port = await server(() => arrived.emit('request'));
    const outbound = new Outbound({ fetch, timeout: 30_000, discovery: discoverySettings() });
    const asked = outbound.fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'a=b' });
    const failed = asked.catch((error: unknown) => error);
    await once(arrived, 'request');
    outbound.close();
    expectDefinite(await failed, false);
  });

  it.each([
    [{ code: 'ECONNRESET' }],
    [{ code: 'ECONNRESET', syscall: 'read' }],
    [{ code: 'EPIPE', syscall: 'write' }],
    [{ code: 'ETIMEDOUT', syscall: 'read' }],
    [{ code: 'EHOSTUNREACH', syscall: 'read' }],
    [{ code: 'UND_ERR_SOCKET' }],
    [{ code: 'UND_ERR_HEADERS_TIMEOUT' }],
    [{ code: 'UND_ERR_BODY_TIMEOUT' }],
    [{ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }],
    [{}],
  ])('where the request fails with %j', async (cause) => {
    expectDefinite(await post('http://127.0.0.1:9/token', { fetch: failing(cause) }), false);
  });

  it('unless somebody says so', () => {
    expectDefinite(new ProviderUnavailableError('provider_unreachable', 'gone'), false);
  });
});
