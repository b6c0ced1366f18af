import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { endless, huge, type Fault } from '../support/faults.js';
import { publishedWithout, signingKey } from '../support/keys.js';
import { MovedClock, withTarget } from './support/bearer-target.js';

const mebibyte = 1_048_576;
const home = await signingKey('RS256', 'home');
const keySet = JSON.stringify({ keys: [home.publicJwk] });
const bomb = gzipSync(Buffer.from(keySet.slice(0, -1) + ' '.repeat(50 * mebibyte) + '}'));
const zipped: Fault = (_, response) =>
  void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);

describe.each(adapters)('large answers of the provider, on %s', (adapter) => {
  const bodies: readonly (readonly [name: string, body: Fault])[] = [
    ['50 MB', huge(50)],
    ['50 MB that are announced', huge(50, { announced: true })],
    ['one that never ends', endless],
    ['50 MB in 50 KB of gzip', zipped],
  ];

  describe.each(['discovery', 'jwks'] as const)('as the body of %s', (endpoint) => {
    it.each(bodies)('%s', async (_, body) => {
      const clock = new MovedClock();
      const long = { exp: Math.floor(Date.now() / 1000) + 10_000_000 };
      await withTarget(adapter, { provider: { keys: [home] }, auth: { now: clock.now } }, async (target) => {
        const unavailable = { reason: 'provider_answer_too_large', status: 503, error: 'temporarily_unavailable' };
        const token = await target.stub.accessToken(long);
        target.stub.on(endpoint, body);
        await target.refuses(token, unavailable);
        await target.refuses(token, unavailable);
        expect(target.stub.calls(endpoint)).toBe(1);
        target.stub.restore();
        clock.advance(30);
        await target.admits(token);
        target.stub.on(endpoint, body);
        clock.advance(600);
        for (let sent = 0; sent < 3; sent++) await target.admits(await target.stub.accessToken(long));
      });
    });
  });
});

/** The key set of the provider with one odd entry before its key; as text, since some cannot be serialised. */
const oddEntries: readonly (readonly [name: string, entry: string])[] = [
  ['null', 'null'],
  ['a string', '"key"'],
  ['a number', '1e400'],
  ['a list', `[${JSON.stringify(home.publicJwk)}]`],
  ['an empty object', '{}'],
  ['no kty', JSON.stringify({ ...home.publicJwk, kty: undefined })],
  ['a kty that nobody knows', '{"kty":"AKP","alg":"ML-DSA-44","pub":"AAAA","kid":"home"}'],
  ['a kty that is a list', '{"kty":["RSA"],"kid":"home"}'],
  ['a kty of a name of the language', '{"kty":"__proto__","kid":"home"}'],
  ['no modulus', '{"kty":"RSA","alg":"RS256","kid":"home","e":"AQAB"}'],
  ['a modulus that is a number', '{"kty":"RSA","alg":"RS256","kid":"home","e":"AQAB","n":5}'],
  ['a modulus that is no base64url', '{"kty":"RSA","alg":"RS256","kid":"home","e":"AQAB","n":"%%%"}'],
  ['a modulus that is empty', '{"kty":"RSA","alg":"RS256","kid":"home","e":"AQAB","n":""}'],
  ['an exponent of zero', JSON.stringify({ ...home.publicJwk, e: 'AA' })],
  ['a kid that is a number', JSON.stringify({ ...home.publicJwk, kid: 5 })],
  ['a kid that is an object', '{"kty":"RSA","kid":{"toString":null}}'],
  ['an alg that is an object', JSON.stringify({ ...home.publicJwk, alg: { toString: null } })],
  ['key_ops that are an object', JSON.stringify({ ...home.publicJwk, key_ops: { verify: true } })],
  ['key_ops of nulls', JSON.stringify({ ...home.publicJwk, key_ops: [null, { a: 1 }] })],
  ['x5c that is an object', JSON.stringify({ ...publishedWithout(home, 'kid'), x5c: { 0: 5 } })],
  ['ext that is no boolean', JSON.stringify({ ...home.publicJwk, ext: 'no' })],
  ['a curve that nobody knows', '{"kty":"EC","crv":"P-1","x":"AA","y":"AA","kid":"home"}'],
  ['__proto__', '{"__proto__":{"kty":"RSA","d":"x"},"kid":"home"}'],
  ['constructor and toString', '{"constructor":null,"toString":5,"kty":"RSA","kid":"home","alg":"RS256"}'],
  ['a name that is nested deeply', `{"kty":"RSA","kid":"deep","odd":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
  ['a text of 500 KB', `{"kty":"RSA","kid":"long","odd":"${'x'.repeat(500_000)}"}`],
];

describe.each(adapters)('one malformed key hides no other, on %s', (adapter) => {
  it.each(oddEntries)('%s', async (_, entry) => {
    const own = JSON.stringify(home.publicJwk);
    for (const keys of [`${entry},${own}`, `${own},${entry}`]) {
      const published: Fault = (_request, response) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"keys":[${keys}]}`);
      await withTarget(adapter, { provider: { keys: [home] } }, async (target) => {
        target.stub.on('jwks', published);
        await target.admits();
        const stranger = await target.stub.accessToken({}, { kid: 'stranger' });
        await target.refuses(stranger, { reason: 'key_unknown' });
      });
    }
  });

  it('a hundred malformed keys before it', async () => {
    const odd = Array.from({ length: 100 }, (_, at) => ({ kty: 'oct', k: 'AAAA', kid: `odd-${at}` }));
    const jwks = () => [...odd, home.publicJwk];
    await withTarget(adapter, { provider: { keys: [home] }, jwks }, (target) => target.admits());
  });
});
