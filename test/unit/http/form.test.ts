import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { formOf, MOST_FORM_BYTES } from '../../../lib/http/form.js';
import { nodeRequest, wrappedRequest, type RequestParts } from './requests.js';

const type = 'application/x-www-form-urlencoded';
const headers = { 'content-type': type };
const refused = (reason: string) => expect.objectContaining({ status: 400, error: 'invalid_request', reason });

describe.each<[string, (parts: RequestParts) => object]>([
  ['Express', nodeRequest],
  ['Fastify', wrappedRequest],
])('the form of a request of %s', (_, requestOf) => {
  const form = async (parts: RequestParts) => Object.fromEntries(await formOf(requestOf(parts)));

  it.each<[string, RequestParts]>([
    ['parsed to an object', { headers, body: { a: 'b c', d: '' } }],
    [
      'parsed to an object without prototype',
      { headers, body: Object.assign(Object.create(null), { a: 'b c', d: '' }) },
    ],
    ['left as text', { headers, body: 'a=b+c&d=' }],
    ['left as bytes', { headers, body: Buffer.from('a=b%20c&d=') }],
    ['not read yet', { headers, chunks: ['a=b', '+c&d', '='] }],
    ['of a type with parameters', { headers: { 'content-type': `${type}; charset=utf-8` }, chunks: ['a=b+c&d='] }],
    ['of a type in capitals', { headers: { 'content-type': ` ${type.toUpperCase()} ` }, body: 'a=b+c&d=' }],
  ])('is read where it was %s', async (__, parts) => {
    expect(await form(parts)).toEqual({ a: 'b c', d: '' });
  });

  it.each<[string, RequestParts]>([
    ['without body and type', {}],
    ['with an empty object', { body: {} }],
    ['with a type and nothing to read', { headers }],
    ['with null, as Fastify leaves it', { body: null }],
  ])('is empty %s', async (__, parts) => {
    expect(await form(parts)).toEqual({});
  });

  it('is empty where somebody has read the body before and kept it', async () => {
    const request = nodeRequest({ headers, chunks: ['a=b'] });
    for await (const chunk of request as AsyncIterable<unknown>) expect(chunk).toBeDefined();
    expect((await formOf(request)).size).toBe(0);
  });

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', '', 'nonsense', `${type}x`])(
    'is not of type %j',
    async (other) => {
      for (const rest of [{ body: { a: 'b' } }, { chunks: ['a=b'] }]) {
        const request = requestOf({ headers: { 'content-type': other }, ...rest });
        await expect(formOf(request)).rejects.toEqual(refused('unsupported_content_type'));
      }
    },
  );

  it.each<[string, RequestParts]>([
    ['nested', { headers, body: { a: { b: 'c' } } }],
    ['lists', { headers, body: { a: ['b', 'c'] } }],
    ['numbers', { headers, body: { a: 5 } }],
    ['repeated', { headers, body: 'a=b&a=c' }],
    ['repeated, and not read yet', { headers, chunks: ['a=b&', 'a=c'] }],
  ])('has no fields that are %s', async (__, parts) => {
    await expect(form(parts)).rejects.toEqual(refused('repeated_parameter'));
  });

  it('gives fields of any name, and changes no prototype', async () => {
    const fields = await formOf(
      requestOf({ headers, body: JSON.parse('{"__proto__":"a","constructor":"b"}') as object }),
    );
    expect([...fields]).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(Reflect.getPrototypeOf({})).toBe(Object.prototype);
  });

  const size = `a=${'x'.repeat(MOST_FORM_BYTES - 2)}`;

  it('may have 64 KiB', async () => {
    expect(MOST_FORM_BYTES).toBe(65_536);
    expect((await form({ headers, chunks: [size] })).a).toHaveLength(size.length - 2);
    expect(
      (await form({ headers: { ...headers, 'content-length': String(size.length) }, body: size })).a,
    ).toBeDefined();
  });

  it.each<[string, RequestParts]>([
    ['announced', { headers: { ...headers, 'content-length': String(size.length + 1) }, body: { a: 'b' } }],
    ['sent in chunks', { headers, chunks: [size, 'x'] }],
    ['left as text by a parser', { headers, body: `${size}x` }],
    ['left as bytes by a parser', { headers, body: Buffer.from(`${size}x`) }],
    ['parsed by a parser with another limit', { headers, body: { a: size } }],
  ])('may not have more, %s', async (__, parts) => {
    await expect(form(parts)).rejects.toEqual(refused('body_too_large'));
  });

  it('that never ends is not read to its end', async () => {
    let read = 0;
    const endless = (function* () {
      for (;;) {
        read += 8_192;
        yield Buffer.alloc(8_192, 'x');
      }
    })();
    const raw = Object.assign(Readable.from(endless, { highWaterMark: 1 }), { headers, body: undefined });
    await expect(formOf(raw)).rejects.toEqual(refused('body_too_large'));
    expect(read).toBeLessThan(4 * MOST_FORM_BYTES);
  });
});
