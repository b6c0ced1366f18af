import { Body, Controller, Post } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { FastifyInstance } from 'fastify';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthApp, type AuthAppOptions } from '../support/auth-app.js';
import { expectTokens, expectWireError, wireAnswerOf } from '../support/expect-wire.js';
import { rawRequest } from '../support/raw-http.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';

const form = 'application/x-www-form-urlencoded';
const refresh = 'grant_type=refresh_token&refresh_token=r';

@Controller()
class EchoController {
  @Post('echo')
  echo(@Body() body: unknown): { body: unknown } {
    return { body };
  }

  @Post('devices/token')
  token(@Body() body: unknown): { body: unknown } {
    return { body };
  }
}

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

describe.each(adapters)('bodies on %s', (adapter) => {
  let app: AuthApp | undefined;
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  const boot = async (options: AuthAppOptions = {}) =>
    (app = await bootAuthApp(adapter, stub, { controllers: [EchoController], ...options }));

  const post = async (
    path: string,
    type: string | undefined,
    body: string | Buffer,
    others: Record<string, string> = {},
  ) => {
    const headers = Object.entries({ ...(type === undefined ? {} : { 'content-type': type }), ...others });
    return wireAnswerOf(await rawRequest(String(app?.url), { method: 'POST', path, headers, body }));
  };

  it.each([form, `${form}; charset=utf-8`, form.toUpperCase(), `${form};charset="UTF-8"`])(
    'are taken as %s',
    async (type) => {
      await boot();
      expect(await post('/auth/v2/token', type, refresh)).toMatchObject({ status: 200 });
    },
  );

  it('are decoded as forms are', async () => {
    await boot();
    await post('/auth/v2/token', form, 'refresh_token=a%20b%2Bc+d%26e');
    expect(stub.requestsTo('token').at(-1)?.form.get('refresh_token')).toBe('a b+c d&e');
  });

  it('are taken in chunks', async () => {
    await boot();
    const chunked = `${refresh.length.toString(16)}\r\n${refresh}\r\n0\r\n\r\n`;
    expect(await post('/auth/v2/token', form, chunked, { 'transfer-encoding': 'chunked' })).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ['JSON', 'application/json', JSON.stringify({ refresh_token: 'r' })],
    ['malformed JSON', 'application/json', '{"refresh_token":'],
    ['text', 'text/plain', refresh],
    [
      'multipart',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="code"\r\n\r\nc\r\n--x--',
    ],
    ['XML', 'application/xml', '<a/>'],
    ['something unheard of', 'application/x-unheard-of', refresh],
    ['no media type at all', 'nonsense', refresh],
  ])("are refused in the wire's format: %s", async (_, type, body) => {
    await boot();
    expectWireError(await post('/auth/v2/token', type, body), 400, 'invalid_request');
  });

  it("are refused in the wire's format: without a content type", async () => {
    await boot();
    expectWireError(await post('/auth/v2/token', undefined, refresh), 400, 'invalid_request');
  });

  it.each(['/auth/v2/token', '/auth/v2/device', '/auth/v2/logout'])(
    "are refused in the wire's format: too large, on %s",
    async (path) => {
      await boot();
      const answer = await post(path, form, `code=${'x'.repeat(200_000)}`);
      expectWireError(answer, 400, 'invalid_request');
    },
  );

  it("are refused in the wire's format: more parameters than the parser takes", async () => {
    await boot();
    const many = Array.from({ length: 5_000 }, (_, index) => `p${index}=1`).join('&');
    expectWireError(await post('/auth/v2/token', form, many), 400, 'invalid_request');
  });

  it('that are a small bomb are refused', async () => {
    await boot();
    const bomb = gzipSync(`code=${'x'.repeat(10_000_000)}`);
    const answer = await post('/auth/v2/token', form, bomb, { 'content-encoding': 'gzip' });
    expectWireError(answer, 400, 'invalid_request');
  });

  it('cannot reach into prototypes', async () => {
    await boot();
    const answer = await post('/auth/v2/token', form, `__proto__[refresh_token]=r&constructor[prototype][code]=c`);
    expectWireError(answer, 400, 'invalid_request');
    expect(Object.prototype).not.toHaveProperty('refresh_token');
  });

  it.each(['{', '{"a":'])("on the application's own routes keep the framework's shape: %s", async (body) => {
    await boot();
    const answer = await post('/echo', 'application/json', body);
    expect(answer.status).toBe(400);
    expect(answer.json).not.toHaveProperty('detail');
    expect(answer.json).toHaveProperty('message');
  });

  describe('of routes of the application whose path ends like that of a moved endpoint', () => {
    const moved: AuthAppOptions = { auth: { endpoints: { token: 'token' } } };

    it("keep the framework's shape", async () => {
      await boot(moved);
      expect((await post('/devices/token', 'application/json', '{')).json).not.toHaveProperty('detail');
      expectWireError(await post('/token', 'application/json', '{'), 400, 'invalid_request');
    });

    it('keep the size that the application allows', async () => {
      await boot(moved);
      const body = JSON.stringify({ text: 'x'.repeat(80_000) });
      expect((await post('/devices/token', 'application/json', body)).status).toBe(201);
    });
  });

  describe('without a parser (bodyParser: false)', () => {
    const without: AuthAppOptions = { appOptions: { bodyParser: false } };

    // Fastify refuses what it has no parser for before a handler can read it
    const parses = adapter === 'express';

    it(parses ? 'are read all the same' : 'are refused in the format of the wire, with the remedy', async () => {
      await boot(without);
      const answer = await post('/auth/v2/token', form, refresh);
      if (parses) expect(answer).toMatchObject({ status: 200, json: { token_type: 'Bearer' } });
      else expectWireError(answer, 400, 'invalid_request');
    });

    it("that are too large are refused in the wire's format", async () => {
      await boot(without);
      expectWireError(await post('/auth/v2/token', form, `code=${'x'.repeat(70_000)}`), 400, 'invalid_request');
    });

    it('are not needed to start a device flow', async () => {
      const { client } = await boot(without);
      const response = await fetch(client.url('/auth/v2/device'), { method: 'POST' });
      expect(response.status).toBe(200);
      await response.body?.cancel();
    });
  });

  describe("with a raw parser of the application's own", () => {
    it('are read from text', async () => {
      const { client } = await boot({
        appOptions: { bodyParser: false },
        configure: (nest) => {
          if (adapter === 'express') {
            (nest as NestExpressApplication).useBodyParser('text', { type: form });
          } else {
            const fastify = nest.getHttpAdapter().getInstance() as FastifyInstance;
            fastify.addContentTypeParser(form, { parseAs: 'string' }, (_, body, done) => done(null, body));
          }
        },
      });
      expectTokens(await client.post('/auth/v2/token', { refresh_token: 'r' }), true);
    });
  });
});

describe('bodies that the parsers of Express refuse', () => {
  it.each([
    ['a character set that nobody knows', { 'content-type': `${form}; charset=x-unknown` }],
    ['a content encoding that nobody knows', { 'content-type': form, 'content-encoding': 'x-unknown' }],
    ['gzip that is none', { 'content-type': form, 'content-encoding': 'gzip' }],
  ])("are refused in the wire's format: %s", async (_, fields) => {
    const app = await bootAuthApp('express', stub);
    const request = { method: 'POST', path: '/auth/v2/token', headers: Object.entries(fields), body: refresh };
    expectWireError(wireAnswerOf(await rawRequest(app.url, request)), 400, 'invalid_request');
    await app.close();
  });
});
