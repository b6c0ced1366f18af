import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { signingKey } from '../support/keys.js';
import { LoopbackServer } from '../support/loopback.js';
import { genuineClaims, targetOn, type BearerTarget } from './support/bearer-target.js';
import { signedBy } from './support/forge.js';

const evil = await signingKey('RS256', 'evil');
const evilSet = { keys: [evil.publicJwk] };

describe.each(adapters)('a key in the header of a bearer token, on %s', (adapter) => {
  const target = targetOn(adapter);
  const visits: string[] = [];
  let lair: LoopbackServer;
  beforeAll(async () => {
    lair = await LoopbackServer.start((request, response) => {
      visits.push(String(request.url));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(evilSet));
    });
  });
  afterAll(() => lair.close());

  const certificate = 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A';
  const headers: readonly (readonly [name: string, header: () => object])[] = [
    ['jwk', () => ({ jwk: evil.publicJwk })],
    ['jwk with the kid of the provider', () => ({ jwk: { ...evil.publicJwk, kid: target().stub.key.kid } })],
    ['jku', () => ({ jku: `${lair.origin}/jwks` })],
    ['jku below the issuer by a path', () => ({ jku: `${target().stub.issuer}/jwks/../../${lair.origin}` })],
    ['x5u', () => ({ x5u: `${lair.origin}/cert.pem` })],
    ['x5c', () => ({ x5c: [certificate] })],
    ['x5t', () => ({ x5t: 'AAAA', 'x5t#S256': 'AAAA' })],
    ['iss, sub and aud', () => ({ iss: target().stub.issuer, sub: 'stub-user', aud: 'my-api' })],
    ['all of them', () => ({ jwk: evil.publicJwk, jku: `${lair.origin}/jwks`, x5u: lair.origin, x5c: [certificate] })],
  ];

  it.each(headers)('%s', async (_, header) => {
    const { stub } = target();
    await target().refuses(await stub.accessToken({}, { ...header() }, evil), { reason: 'key_unknown' });
    const posing = await stub.accessToken({}, { ...header(), kid: stub.key.kid }, evil);
    await target().refuses(posing, { reason: 'signature_invalid' });
    const nameless = await stub.accessToken({}, { ...header(), kid: undefined }, evil);
    await target().refuses(nameless, { reason: 'signature_invalid' });
    await target().admits(await stub.accessToken({}, { ...header() }));
    expect(visits).toEqual([]);
  });
});

describe.each(adapters)('crit and b64 of a bearer token, on %s', (adapter) => {
  const target = targetOn(adapter);

  const headers: readonly (readonly [name: string, header: object])[] = [
    ['crit that nobody knows', { crit: ['exp-soon'], 'exp-soon': 1 }],
    ['crit that is not there', { crit: ['bork'] }],
    ['crit that RFC 7515 defines', { crit: ['kid'] }],
    ['crit of b64 true', { crit: ['b64'], b64: true }],
    ['crit of b64 false', { crit: ['b64'], b64: false }],
    ['crit that is empty', { crit: [] }],
    ['crit that is a string', { crit: 'exp' }],
    ['crit that is null', { crit: null }],
    ['crit of a name of the language', { crit: ['__proto__', 'constructor'] }],
    ['b64 false without crit', { b64: false }],
    ['b64 null', { b64: null }],
  ];

  it.each(headers)('%s', async (_, header) => {
    const { stub } = target();
    const whole = { alg: 'RS256', kid: stub.key.kid, typ: 'at+jwt', ...header };
    await target().refuses(signedBy(stub.key, whole, genuineClaims(stub)), { reason: 'critical_header' });
    await target().admits();
  });
});

describe.each(adapters)('typ of a bearer token, on %s', (adapter) => {
  const target = targetOn(adapter);
  const typed = ({ stub }: BearerTarget, typ: unknown) =>
    signedBy(stub.key, { alg: 'RS256', kid: stub.key.kid, typ }, genuineClaims(stub));

  it.each(['at+jwt', 'application/at+jwt', 'AT+JWT', 'Application/At+Jwt', 'JWT', 'jwt', undefined])(
    'the header type %j of access tokens is let in',
    async (typ) => target().admits(typed(target(), typ)),
  );

  it.each([
    'logout+jwt',
    'dpop+jwt',
    'rt+jwt',
    'id+jwt',
    'secevent+jwt',
    'oauth-authz-req+jwt',
    'token-introspection+jwt',
    'application/jwt',
    'JOSE',
    'JWE',
    'at+jwt ',
    'at jwt',
    'at+jwt\0',
    'at+jwt, JWT',
    'text/at+jwt',
    'constructor',
    '',
    null,
    0,
    true,
    ['at+jwt'],
    { typ: 'at+jwt' },
  ])('the header type %j', async (typ) => {
    await target().refuses(typed(target(), typ), { reason: 'token_type' });
    await target().admits();
  });
});

describe.each(adapters)('kid of a bearer token, on %s', (adapter) => {
  const target = targetOn(adapter);

  it.each<[name: string, kid: unknown]>([
    ['a path', '../../../../dev/null'],
    ['another path', '/etc/passwd'],
    ['SQL', "' UNION SELECT 'secret' --"],
    ['a URL', 'https://evil.example/jwks'],
    ['a command', '$(id)|id;`id`'],
    ['a name of the language', '__proto__'],
    ['another name of the language', 'constructor'],
    ['line breaks', 'x\r\nSet-Cookie: a=b'],
    ['format directives', '%s%n%o%j'],
    ['empty', ''],
    ['a number', 0],
    ['another number', -1.5],
    ['null', null],
    ['true', true],
    ['a list', ['x']],
    ['an object', { $ne: null }],
    ['an object that says what text it is', { toString: 'x' }],
    ['10 kB', 'k'.repeat(10_000)],
    ['10 kB of what is escaped', '\u0001'.repeat(1_600)],
  ])('%s', async (_, kid) => {
    const { stub } = target();
    const token = signedBy(stub.key, { alg: 'RS256', typ: 'at+jwt', kid }, genuineClaims(stub));
    await target().refuses(token, { reason: 'key_unknown' });
    if (typeof kid === 'string' && kid !== '') expect(target().app.logs.text()).not.toContain(kid);
    await target().admits();
  });

  it.each<[name: string, kid: (own: string) => unknown]>([
    ['in a list', (own) => [own]],
    ['in upper case', (own) => own.toUpperCase()],
    ['with a space', (own) => `${own} `],
    ['with a NUL', (own) => `${own}\0`],
  ])('of the provider, %s', async (_, kid) => {
    const { stub } = target();
    const header = { alg: 'RS256', typ: 'at+jwt', kid: kid(stub.key.kid) };
    await target().refuses(signedBy(stub.key, header, genuineClaims(stub)), { reason: 'key_unknown' });
    await target().admits();
  });
});
