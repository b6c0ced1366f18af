import { describe, expect, it } from '@jest/globals';
import { begin, redeem } from '../attacks/support/logins.js';
import { targetOn, type Attacked } from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import type { Fault } from '../support/faults.js';
import type { StubEndpoint } from '../support/stub-provider.js';
import { loopbackTarget, type WireAnswer } from '../support/wire-client.js';

const MANY = 200_000;

/** 200 with this body, byte by byte. */
function body(text: string | Buffer, type = 'application/json'): Fault {
  return (_, response) => void response.writeHead(200, { 'content-type': type }).end(text);
}

const bodies: [name: string, fault: Fault][] = [
  ['nothing', body('')],
  ['null', body('null')],
  ['true', body('true')],
  ['a number', body('5')],
  ['text', body('"text"')],
  ['an empty list', body('[]')],
  ['an empty object', body('{}')],
  ['spaces', body('   ')],
  ['a byte order mark', body('\ufeff')],
  ['bytes that are no UTF-8', body(Buffer.from([0xff, 0xfe, 0x00, 0x80]))],
  ['UTF-16', body(Buffer.from('{"a":1}', 'utf16le'))],
  ['lists within lists', body('['.repeat(MANY) + ']'.repeat(MANY))],
  ['lists within lists, unclosed', body('['.repeat(MANY))],
  ['a prototype', body('{"__proto__":{"error":"x","access_token":"a","keys":[]}}')],
  ['a method', body('{"then":1,"toString":1,"constructor":1,"hasOwnProperty":1}')],
  ['an error that is an object', body('{"error":{}}')],
  ['half of a surrogate pair', body('{"error":"\\ud800"}')],
  ['a JWT', body('e30.e30.e30', 'application/jwt')],
  ['a token introspection answer', body('e30.e30.e30', 'application/token-introspection+jwt')],
  ['no type', (_, response) => void response.writeHead(200).end('{}')],
  ['a type of another kind', body('{"sub":"x"}', 'text/plain')],
  [
    'a compression that it has not',
    (_, response) =>
      void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end('{}'),
  ],
  [
    'a compression that nobody knows',
    (_, response) =>
      void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'lzw' }).end('{}'),
  ],
];

const requests: [endpoint: StubEndpoint, ask: (app: Attacked, bearer: string) => Promise<WireAnswer>][] = [
  ['discovery', ({ client }) => client.get('/auth/v2/login', { redirect_uri: loopbackTarget })],
  ['jwks', ({ client }, bearer) => client.get('/door', {}, { bearer })],
  ['token', ({ client }) => client.post('/auth/v2/token', { refresh_token: 'r' })],
  ['token', async (app) => redeem(app, (await begin(app.client, loopbackTarget)).state)],
  ['device', ({ client }) => client.post('/auth/v2/device')],
  ['userinfo', ({ client }, bearer) => client.get('/auth/v2/userinfo', {}, { bearer })],
  ['revocation', ({ client }, bearer) => client.post('/auth/v2/logout', {}, { bearer })],
];

describe.each(adapters)('odd answers of the provider on %s:', (adapter) => {
  const target = targetOn(adapter);

  describe.each(requests)('its %s endpoint (%#)', (endpoint, ask) => {
    const expectFault = async (fault: Fault) => {
      const app = await target.boot();
      const bearer = await target.stub.accessToken();
      target.stub.on(endpoint, fault);
      const { status, text } = await ask(app, bearer);
      // a key set without keys proves nothing, a profile without a name is none, and revocation is best effort
      const allowed = { jwks: [503, 401], discovery: [503], userinfo: [502, 503, 404], revocation: [200] };
      expect((allowed as Partial<Record<StubEndpoint, number[]>>)[endpoint] ?? [502, 503]).toContain(status);
      expect(app.logs.text('error')).toBe('');
      expect(text).not.toMatch(/lzw|\[\[|e30/);
    };

    it.each(bodies)('gives %s', async (_, fault) => {
      await expectFault(fault);
      target.stub.restore();
      await target.expectGenuine();
    });
  });

  it.each(['discovery', 'jwks'] as const)(
    'a member of the %s that nobody needs, 200,000 lists deep',
    async (endpoint) => {
      const deep = '['.repeat(MANY) + ']'.repeat(MANY);
      const app = await target.boot();
      const genuine = endpoint === 'jwks' ? { keys: target.stub.jwks } : target.stub.metadata;
      target.stub.on(endpoint, body(JSON.stringify(genuine).replace('{', `{"x":${deep},`)));
      const { status } = await app.client.get('/door', {}, { bearer: await target.stub.accessToken() });
      expect([200, 503]).toContain(status);
      const login = await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget });
      expect([302, 503]).toContain(login.status);
      expect(app.logs.text('error')).toBe('');
    },
  );

  it('a key of 200,000 lists beside a good one hides it from nobody', async () => {
    const app = await target.boot();
    const odd = `{"kty":"RSA","x":${'['.repeat(MANY)}${']'.repeat(MANY)}}`;
    const keys = target.stub.jwks.map((key) => JSON.stringify(key));
    target.stub.on('jwks', body(`{"keys":[${[odd, ...keys].join()}]}`));
    const { status } = await app.client.get('/door', {}, { bearer: await target.stub.accessToken() });
    expect(status).toBe(200);
  });

  it('a token answer with a member 200,000 lists deep that nobody needs', async () => {
    const deep = '['.repeat(MANY) + ']'.repeat(MANY);
    const tokens = await target.stub.tokens();
    target.stub.on('token', body(JSON.stringify(tokens).replace('{', `{"x":${deep},`)));
    const { status } = await target.client.post('/auth/v2/token', { refresh_token: 'r' });
    expect([200, 502]).toContain(status);
    expect(target.app.logs.text('error')).toBe('');
  });
});
