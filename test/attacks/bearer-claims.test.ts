import { describe, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { genuineClaims, targetOn } from './support/bearer-target.js';
import { signedBy } from './support/forge.js';

const now = () => Math.floor(Date.now() / 1000);
const malformed = 'claim_malformed';

/** JSON as it stands in the payload, in the place of a claim; nothing leaves it out. */
type Replaced = readonly [claim: string, json: string | undefined, reason?: string];

const times: readonly Replaced[] = [
  ['exp', undefined, 'expiry_missing'],
  ...['exp', 'nbf', 'iat'].flatMap((name): Replaced[] => [
    ...['null', '""', '"4102444800"', 'true', '[4102444800]', '{}', '1e400', '-1e400'].map((json): Replaced => [
      name,
      json,
      malformed,
    ]),
  ]),
  ['exp', '0', 'expired'],
  ['exp', '-0', 'expired'],
  ['exp', '-1', 'expired'],
  ['exp', '-1e300', 'expired'],
  ['exp', '1e-300', 'expired'],
  ['exp', String(now() - 60), 'expired'],
  ['exp', '1e300'],
  ['exp', '253402300800000'],
  ['exp', `${now() + 60}.5`],
  ['nbf', undefined],
  ['nbf', '0'],
  ['nbf', '-1e300'],
  ['nbf', '1e300', 'not_yet_valid'],
  ['nbf', String(now() + 600), 'not_yet_valid'],
  ['nbf', String(Date.now()), 'not_yet_valid'],
  ['iat', undefined],
  ['iat', '1e300', 'issued_in_future'],
  ['iat', String(now() + 86_400), 'issued_in_future'],
  ['iat', String(Date.now()), 'issued_in_future'],
];

const identities: readonly Replaced[] = [
  ['sub', undefined, malformed],
  ['sub', '""', malformed],
  ['sub', 'null', malformed],
  ['sub', '5', malformed],
  ['sub', 'true', malformed],
  ['sub', '["stub-user"]', malformed],
  ['sub', '{"toString":"stub-user"}', malformed],
  ['aud', undefined, 'audience_mismatch'],
  ['aud', '""', 'audience_mismatch'],
  ['aud', '[]', 'audience_mismatch'],
  ['aud', '"MY-API"', 'audience_mismatch'],
  ['aud', '"my-api "', 'audience_mismatch'],
  ['aud', '"my-api my-client"', 'audience_mismatch'],
  ['aud', '"my-api,my-client"', 'audience_mismatch'],
  ['aud', '"my-api\\u0000"', 'audience_mismatch'],
  ['aud', '"my-ap\\u0131"', 'audience_mismatch'],
  ['aud', '["my-ap", "i"]', 'audience_mismatch'],
  ['aud', '"*"', 'audience_mismatch'],
  ['aud', '"__proto__"', 'audience_mismatch'],
  ['aud', 'null', malformed],
  ['aud', '5', malformed],
  ['aud', 'true', malformed],
  ['aud', '{"my-api":true}', malformed],
  ['aud', '{"0":"my-api","length":1}', malformed],
  ['aud', '[["my-api"]]', malformed],
  ['aud', '["my-api", 5]', malformed],
  ['aud', '["my-api", null]', malformed],
  ['aud', '"my-api"'],
  ['aud', '["my-api"]'],
  ['aud', '["else", "my-api"]'],
  ['aud', '"my-\\u0061pi"'],
];

describe.each(adapters)('the claims of a bearer token, on %s', (adapter) => {
  const target = targetOn(adapter);

  const withText = (text: string | Buffer): string =>
    signedBy(target().stub.key, { alg: 'RS256', kid: target().stub.key.kid, typ: 'at+jwt' }, text);
  /** Genuine claims as JSON, one of them replaced by what may be no JSON of any serialiser. */
  const payload = (claim: string, json: string | undefined): string => {
    const others = JSON.stringify({ ...genuineClaims(target().stub), [claim]: undefined });
    return json === undefined ? others : `${others.slice(0, -1)},${JSON.stringify(claim)}:${json}}`;
  };

  it.each([...times, ...identities].map(([claim, json = 'nothing', reason]) => ({ claim, json, reason })))(
    '$claim: $json',
    async ({ claim, json, reason }) => {
      const token = withText(payload(claim, json === 'nothing' ? undefined : json));
      if (reason === undefined) await target().admits(token);
      else await target().refuses(token, { reason });
      await target().admits();
    },
  );

  const withoutScope = { reason: 'scope_missing', status: 403, error: 'insufficient_scope', scope: 'read:all' };
  it.each<[claims: string]>([
    ['"no":"scope"'],
    ['"scope":""'],
    ['"scope":" "'],
    ['"scope":null'],
    ['"scope":[]'],
    ['"scope":5'],
    ['"scope":true'],
    ['"scope":{"read:all":true}'],
    ['"scope":"read"'],
    ['"scope":"read:all2"'],
    ['"scope":"xread:all"'],
    ['"scope":"read:all/x"'],
    ['"scope":"READ:ALL"'],
    ['"scope":"read:*"'],
    ['"scope":"*"'],
    ['"scope":"read:all,write"'],
    ['"scope":"read:all\\twrite"'],
    ['"scope":"read:all\\u0000"'],
    ['"scope":"read:all\\nwrite"'],
    ['"scope":["read:all write"]'],
    ['"scope":["read:all",5]'],
    ['"scope":[["read:all"]]'],
    ['"scope":"","scp":"read:all"'],
    ['"scope":"other","scp":["read:all"]'],
    ['"scp":"read"'],
    ['"scp":["read"]'],
    ['"scp":{"0":"read:all","length":1}'],
    ['"scopes":"read:all"'],
    ['"roles":["read:all"]'],
    ['"permissions":["read:all"]'],
    ['"authorities":["SCOPE_read:all"]'],
    ['"__proto__":{"scope":"read:all"}'],
    ['"constructor":{"scope":"read:all"}'],
  ])('scope granted by absence, or by what is no scope: %s', async (claims) => {
    const token = withText(`${payload('scope', undefined).slice(0, -1)},${claims}}`);
    await target().refuses(token, { ...withoutScope, path: '/reader' });
    await target().admits({ scope: 'read:all' }, '/reader');
  });

  it.each<[claims: string]>([
    ['"scope":"read:all"'],
    ['"scope":"a read:all  b"'],
    ['"scope":["a","read:all"]'],
    ['"scp":"read:all a"'],
    ['"scp":["read:all"]'],
  ])('scope as providers write it: %s', async (claims) => {
    await target().admits(withText(`${payload('scope', undefined).slice(0, -1)},${claims}}`), '/reader');
  });

  it('duplicate JSON keys: the last one counts, for every check and every requirement', async () => {
    const { stub } = target();
    const groups = withText(payload('groups', '["admins"],"groups":["users"]'));
    const forbidden = { reason: 'claim_missing', status: 403, error: 'insufficient_scope', path: '/admin' };
    await target().refuses(groups, forbidden);
    await target().admits(groups);
    await target().refuses(withText(payload('exp', `${now() + 60},"exp":0`)), { reason: 'expired' });
    await target().refuses(withText(payload('aud', '"my-api","aud":"else"')), { reason: 'audience_mismatch' });
    const iss = JSON.stringify(stub.issuer);
    await target().refuses(withText(payload('iss', `${iss},"\\u0069ss":"else"`)), { reason: 'issuer_unknown' });
    await target().refuses(withText(payload('typ', '"Bearer","typ":"ID"')), { reason: 'not_an_access_token' });
    await target().admits();
  });

  it.each<[name: string, text: (claims: string) => string | Buffer]>([
    ['invalid UTF-8 within a claim', (claims) => broken(claims, Buffer.from([0xff, 0xfe]))],
    ['an overlong encoding', (claims) => broken(claims, Buffer.from([0xc0, 0xaf]))],
    ['a lone surrogate in bytes', (claims) => broken(claims, Buffer.from([0xed, 0xa0, 0x80]))],
    ['half a character', (claims) => broken(claims, Buffer.from([0xf0, 0x9f]))],
    ['UTF-16', (claims) => Buffer.from(claims, 'utf16le')],
    ['a comma at the end', (claims) => `${claims.slice(0, -1)},}`],
    ['a comment', (claims) => `${claims.slice(0, -1)}/* */}`],
    ['two objects', (claims) => claims + claims],
    ['a NUL at the end', (claims) => `${claims}\0`],
    ['NaN', (claims) => claims.replace(/"exp":\d+/, '"exp":NaN')],
    ['a list of it', (claims) => `[${claims}]`],
    ['a string of it', (claims) => JSON.stringify(claims)],
    ['null', () => 'null'],
    ['a number', () => '5'],
  ])('what is no JSON object, signed: %s', async (_, text) => {
    await target().refuses(withText(text(JSON.stringify(genuineClaims(target().stub)))), { reason: 'token_malformed' });
    await target().admits();
  });

  it('a lone surrogate as JSON writes it is a claim like any other', async () => {
    await target().admits(withText(payload('name', '"\\ud800"')));
  });
});

/** The claims with bytes in a further claim. */
function broken(claims: string, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${claims.slice(0, -1)},"x":"`), bytes, Buffer.from('"}')]);
}
