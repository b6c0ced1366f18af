import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { CompactEncrypt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { adapters, type AdapterName } from '../support/apps.js';
import { WireClient } from '../support/wire-client.js';
import { genuineClaims, targetOn } from './support/bearer-target.js';
import { signedBy, signingInput, withSignature } from './support/forge.js';

const mebibyte = 1_048_576;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** Serves the same application with room for headers of a few megabytes, as behind some proxies. */
function roomy(adapter: AdapterName, app: INestApplication): Server {
  const own: unknown = app.getHttpAdapter().getInstance();
  const listener = adapter === 'express' ? own : (own as { routing: RequestListener }).routing;
  return createServer({ maxHeaderSize: 4 * mebibyte }, listener as RequestListener);
}

describe.each(adapters)('large bearer tokens, on %s', (adapter) => {
  const target = targetOn(adapter);
  let server: Server;
  let wide: WireClient;
  beforeAll(async () => {
    server = roomy(adapter, target().app.app);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    wide = new WireClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  const padded = (length: number): string => {
    const { stub } = target();
    const make = (pad: number) =>
      signedBy(stub.key, { alg: 'RS256', kid: stub.key.kid }, genuineClaims(stub, { pad: 'x'.repeat(pad) }));
    const whole = make(Math.floor(((length - make(0).length) * 3) / 4) - 2);
    return whole.length > length ? make(Math.floor(((length - make(0).length) * 3) / 4) - 4) : whole;
  };
  const refusedWide = async (bearer: string, reason: string) => {
    target().refused(await wide.get('/me', {}, { bearer }), { reason });
    expect(target().app.logs.text()).not.toContain(bearer.slice(0, 100));
    await target().admits();
  };

  it('a token of 1 MB over a raw socket never gets past the HTTP parser, and the next request is served', async () => {
    const { hostname, port } = new URL(target().url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const answer = once(socket, 'data') as Promise<[Buffer]>;
    socket.write(`GET /me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${'a'.repeat(20_000)}`);
    expect((await answer)[0].toString()).toMatch(/^HTTP\/1\.1 431 /);
    socket.write('a'.repeat(mebibyte));
    await closed;
    expect(target().events).toEqual([]);
    await target().admits();
  });

  it('a token of 1 MB where the HTTP parser lets it through', async () => {
    await refusedWide('a'.repeat(mebibyte), 'token_too_large');
    await refusedWide(`${'a'.repeat(mebibyte)}.${'b'.repeat(mebibyte)}.c`, 'token_too_large');
  });

  it('a token of more than 16 KB, however genuine', async () => {
    const under = padded(16_384);
    expect(under.length).toBeGreaterThan(16_376);
    expect(await wide.get('/me', {}, { bearer: under })).toMatchObject({ status: 200 });
    const over = padded(16_392);
    expect(over.length).toBeGreaterThan(16_384);
    await refusedWide(over, 'token_too_large');
  });

  it('a token of 1 MB in the form of a log-out', async () => {
    const { client } = target().app;
    for (const [length, reason] of [[mebibyte, 'body_too_large'] as const, [30_000, 'invalid_parameter'] as const]) {
      const answer = await client.post('/auth/v2/logout', { token: 'a'.repeat(length) });
      target().refused(answer, { reason, status: 400, error: 'invalid_request' });
      await target().admits();
    }
  });

  it('thousands of dots', async () => {
    await target().refuses('a.'.repeat(5_000), { reason: 'token_malformed' });
    await target().refuses('.'.repeat(10_000), { reason: 'token_malformed' });
    await target().admits();
  });
});

describe.each(adapters)('bearer tokens that grow while they are read, on %s', (adapter) => {
  const target = targetOn(adapter);
  const header = () => ({ alg: 'RS256', kid: target().stub.key.kid });
  const deep = (text: string) => `${JSON.stringify(genuineClaims(target().stub)).slice(0, -1)},"deep":${text}}`;

  it.each([
    ['lists', () => nested(4_000)],
    ['objects', () => `${'{"a":'.repeat(1_500)}1${'}'.repeat(1_500)}`],
  ])('deeply nested JSON, unsigned: %s', async (_, text) => {
    const token = withSignature(header(), deep(text()), 'AAAA');
    await target().refuses(token, { reason: 'signature_invalid' });
    const alone = text().startsWith('[') ? 'token_malformed' : 'signature_invalid';
    await target().refuses(withSignature(header(), text(), 'AAAA'), { reason: alone });
    await target().refuses(withSignature(text(), '{}', 'AAAA'), { reason: 'token_malformed' });
    await target().admits();
  });

  it.each([
    ['lists', () => nested(4_000)],
    ['objects', () => `${'{"groups":'.repeat(900)}1${'}'.repeat(900)}`],
  ])('deeply nested JSON, signed: %s', async (_, text) => {
    const token = signedBy(target().stub.key, header(), deep(text()));
    await target().admits(token);
    await target().refuses(token, {
      reason: 'claim_missing',
      path: '/admin',
      status: 403,
      error: 'insufficient_scope',
    });
    await target().admits();
  });

  it.each([
    ['aud', 'claim_malformed'],
    ['iss', 'issuer_unknown'],
    ['sub', 'claim_malformed'],
    ['exp', 'claim_malformed'],
  ])('deeply nested JSON, signed, as %s', async (name, reason) => {
    const claims = { ...genuineClaims(target().stub), [name]: '@' };
    const text = JSON.stringify(claims).replace('"@"', nested(4_000));
    await target().refuses(signedBy(target().stub.key, header(), text), { reason });
    await target().admits();
  });

  it('a compressed JWE', async () => {
    const key = Buffer.alloc(32, 1);
    const { stub } = target();
    const whole = await new CompactEncrypt(gzipSync(Buffer.alloc(mebibyte)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: stub.key.kid })
      .encrypt(key);
    const [, ...rest] = whole.split('.');
    for (const zip of ['DEF', 'GZIP']) {
      const head = signingInput({ alg: 'dir', enc: 'A256GCM', zip, kid: stub.key.kid }, '').slice(0, -1);
      await target().refuses([head, ...rest].join('.'), { reason: 'token_malformed' });
    }
    await target().admits();
  });

  it('a JWE under PBES2 with a huge p2c', async () => {
    const parameters = { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2s: 'AAAAAAAA', p2c: 2_147_483_647 };
    const head = signingInput(parameters, '').slice(0, -1);
    await target().refuses(`${head}.AAAA.AAAA.AAAA.AAAA`, { reason: 'token_malformed' });
    await target().refuses(`${head}.AAAA.AAAA`, { reason: 'token_malformed' });
    await target().refuses(withSignature(parameters, genuineClaims(target().stub)), {
      reason: 'algorithm_not_allowed',
    });
    await target().admits();
  });

  it('zip in the header of a JWS is nothing', async () => {
    const { stub } = target();
    const packed = gzipSync(JSON.stringify(genuineClaims(stub)));
    await target().refuses(signedBy(stub.key, { ...header(), zip: 'DEF' }, packed), { reason: 'token_malformed' });
    await target().admits();
  });
});
