import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { wireAnswerOf } from '../support/expect-wire.js';
import { rawRequest, type RawRequest } from '../support/raw-http.js';
import { targetOn, type Refusal } from './support/bearer-target.js';

type Headers = NonNullable<RawRequest['headers']>;
type Form = readonly [name: string, value: (good: string) => string];

const malformed: Refusal = { reason: 'authorization_malformed' };
const missing: Refusal = { reason: 'token_missing' };
const repeated: Refusal = { reason: 'authorization_repeated', status: 400, error: 'invalid_request' };
/** The bytes of a text in UTF-8, as the characters that stand for them on the wire. */
const bytes = (text: string) => Buffer.from(text).toString('latin1');

const malformedForms: readonly Form[] = [
  ['Bearer alone', () => 'Bearer'],
  ['Bearer and a space', () => 'Bearer '],
  ['bearer alone in lower case', () => 'bearer'],
  ['two spaces', (good) => `Bearer  ${good}`],
  ['a space and a tab', (good) => `Bearer \t${good}`],
  ['two tokens', (good) => `Bearer ${good} ${good}`],
  ['a comma list of tokens', (good) => `Bearer ${good},${good}`],
  ['a comma list of credentials', (good) => `Bearer ${good}, Bearer ${good}`],
  ['a comma list with another scheme', (good) => `Bearer ${good}, Basic Zm9vOmJhcg==`],
  ['Bearer twice', (good) => `Bearer Bearer ${good}`],
  ['quotes', (good) => `Bearer "${good}"`],
  ['a parameter', (good) => `Bearer token="${good}"`],
  ['braces', (good) => `Bearer {${good}}`],
  ['a semicolon', (good) => `Bearer ${good};charset=utf-8`],
  ['percent encoding', (good) => `Bearer ${good.replaceAll('.', '%2e')}`],
  ['a colon', (good) => `Bearer :${good}`],
  ['an equals sign in front', (good) => `Bearer =${good}`],
  ['no base64', () => 'Bearer !!!'],
  ['JSON', () => 'Bearer {"sub":"admin"}'],
  ['lone surrogate bytes', () => 'Bearer \xed\xa0\x80'],
  ['lone surrogate bytes behind a token', (good) => `Bearer ${good}\xed\xb0\x80`],
  ['bytes that are no UTF-8', () => 'Bearer \xff\xfe\xfd'],
  ['a no-break space', (good) => `Bearer \xa0${good}`],
  ['full-width characters', (good) => `Bearer ${bytes(`ｅ${good}`)}`],
  ['a dot of another script', (good) => `Bearer ${bytes(good.replaceAll('.', '。'))}`],
  ['a tab behind Bearer', (good) => `Bearer\t${good}`],
  ['a no-break space behind Bearer', (good) => `Bearer\xa0${good}`],
  ['a colon behind Bearer', (good) => `Bearer: ${good}`],
  ['a comma behind Bearer', (good) => `Bearer, ${good}`],
];

const otherSchemes: readonly Form[] = [
  ['empty', () => ''],
  ['Basic', () => 'Basic Zm9vOmJhcg=='],
  ['Basic with a token', (good) => `Basic ${good}`],
  ['Basic in front of Bearer', (good) => `Basic Zm9vOmJhcg==, Bearer ${good}`],
  ['DPoP', (good) => `DPoP ${good}`],
  ['JWT', (good) => `JWT ${good}`],
  ['Token', (good) => `Token ${good}`],
  ['a token without scheme', (good) => good],
  ['nothing behind Bearer', (good) => `Bearer${good}`],
  ['quotes around all', (good) => `"Bearer ${good}"`],
  ['full-width Bearer', (good) => `${bytes('Ｂearer')} ${good}`],
];

const accepted: readonly Form[] = [
  ['lower case', (good) => `bearer ${good}`],
  ['upper case', (good) => `BEARER ${good}`],
  ['mixed case', (good) => `bEaReR ${good}`],
  ['a trailing space, which is none of the value', (good) => `Bearer ${good} `],
  ['white space around the value', (good) => `\t Bearer ${good} \t`],
];

/** Several values of Authorization, and what is sent beside them. */
const severalHeaders: readonly (readonly [name: string, values: (good: string, other: string) => string[]])[] = [
  ['two headers, the same', (good) => [`Bearer ${good}`, `Bearer ${good}`]],
  ['two headers, the good one first', (good) => [`Bearer ${good}`, 'Bearer x']],
  ['two headers, the good one last', (good) => ['Bearer x', `Bearer ${good}`]],
  ['two headers of two users', (good, other) => [`Bearer ${good}`, `Bearer ${other}`]],
  ['two headers, Basic first', (good) => ['Basic Zm9vOmJhcg==', `Bearer ${good}`]],
  ['two headers, Basic last', (good) => [`Bearer ${good}`, 'Basic Zm9vOmJhcg==']],
  ['two headers, an empty one first', (good) => ['', `Bearer ${good}`]],
  ['two headers, an empty one last', (good) => [`Bearer ${good}`, '']],
  ['two headers, both empty', () => ['', '']],
  ['nine headers', (good) => Array.from({ length: 9 }, () => `Bearer ${good}`)],
];

const elsewhere: readonly (readonly [name: string, request: (good: string) => RawRequest])[] = [
  ['in the query', (good) => ({ path: `/me?access_token=${good}` })],
  ['in the query as a header', (good) => ({ path: `/me?authorization=Bearer%20${good}` })],
  ['in a cookie', (good) => ({ headers: [['Cookie', `access_token=${good}; Authorization=Bearer ${good}`]] })],
  ['in Proxy-Authorization', (good) => ({ headers: [['Proxy-Authorization', `Bearer ${good}`]] })],
  [
    'in headers of proxies',
    (good) => ({
      headers: [
        ['X-Forwarded-Authorization', `Bearer ${good}`],
        ['X-Access-Token', good],
      ],
    }),
  ],
  ['under a name with an underscore', (good) => ({ headers: [['Authorization_', `Bearer ${good}`]] })],
  [
    'in a form',
    (good) => ({ headers: [['Content-Type', 'application/x-www-form-urlencoded']], body: `access_token=${good}` }),
  ],
  [
    'in a trailer',
    (good) => ({
      headers: [
        ['Transfer-Encoding', 'chunked'],
        ['Trailer', 'Authorization'],
      ],
      body: `0\r\nAuthorization: Bearer ${good}\r\n\r\n`,
    }),
  ],
];

describe.each(adapters)('the Authorization header, on %s', (adapter) => {
  const target = targetOn(adapter);
  const token = () => target().stub.accessToken();
  const send = async (request: RawRequest) => wireAnswerOf(await rawRequest(target().url, { path: '/me', ...request }));
  const refused = async (request: RawRequest, refusal: Refusal) => {
    target().refused(await send(request), refusal);
    await target().admits();
  };
  const anonymous = async (request: RawRequest) => {
    const { status, json } = await send({ ...request, path: '/maybe' });
    expect({ status, json, told: target().events.splice(0) }).toEqual({
      status: 200,
      json: { sub: 'nobody' },
      told: [],
    });
  };
  const header = async (value: Form[1]): Promise<RawRequest> => ({
    headers: [['Authorization', value(await token())]],
  });

  it.each(malformedForms)('%s: refused, also where a token is optional', async (_, value) => {
    const request = await header(value);
    await refused(request, malformed);
    await refused({ ...request, path: '/maybe' }, malformed);
  });

  it.each(otherSchemes)('%s: as good as none', async (_, value) => {
    const request = await header(value);
    await refused(request, missing);
    await anonymous(request);
  });

  it.each(accepted)('%s: let in', async (_, value) => {
    const { status, json } = await send(await header(value));
    expect({ status, json }).toEqual({ status: 200, json: { sub: 'stub-user' } });
  });

  it.each(severalHeaders)('%s', async (_, values) => {
    const sent = values(await token(), await target().stub.accessToken({ sub: 'other' }));
    for (const second of ['Authorization', 'AUTHORIZATION', 'authorization']) {
      const headers = sent.flatMap((value, at): Headers => [
        [at === 0 ? 'Authorization' : second, value],
        ['X-A', 'b'],
      ]);
      await refused({ headers }, repeated);
      await refused({ headers, path: '/maybe' }, repeated);
    }
  });

  it.each(elsewhere)('a token %s is none', async (_, request) => {
    await refused(request(await token()), missing);
  });

  it.each<[token: string]>([['a=='], ['~+/-_.'], ['....'], ['a.b.c='], ['undefined'], ['null'], ['[object'], ['0']])(
    'what may stand there and is no JWT: %s',
    async (text) => {
      const bearer = text.startsWith('[') ? malformed : { reason: 'token_malformed' };
      await refused({ headers: [['Authorization', `Bearer ${text}`]] }, bearer);
    },
  );

  it('a genuine token with padding behind it', async () => {
    await refused(await header((good) => `Bearer ${good}=`), { reason: 'token_malformed' });
  });

  it.each<[name: string, lines: (good: string) => Headers]>([
    ['a space in front of the colon', (good) => [['Authorization ', `Bearer ${good}`]]],
    ['a NUL in the value', (good) => [['Authorization', `Bearer ${good}\0`]]],
    ['a lone line feed in the value', (good) => [['Authorization', `Bearer ${good}\n, x`]]],
    ['a lone carriage return in the value', (good) => [['Authorization', `Bearer x\rAuthorization: Bearer ${good}`]]],
  ])('%s never gets past the HTTP parser', async (_, lines) => {
    const { status, json } = await send({ headers: lines(await token()) });
    expect({ status, sub: json.sub, told: target().events.splice(0) }).toEqual({
      status: 400,
      sub: undefined,
      told: [],
    });
    await target().admits();
  });

  it('a value folded over two lines lets nobody in who would not get in with it on one', async () => {
    const bad = await target().stub.accessToken({ aud: 'else' });
    const { status, json } = await send({ headers: [['Authorization', `Bearer\r\n ${bad}`]] });
    expect({ refused: status === 400 || status === 401, sub: json.sub }).toEqual({ refused: true, sub: undefined });
    target().events.splice(0);
    await target().admits();
  });
});
