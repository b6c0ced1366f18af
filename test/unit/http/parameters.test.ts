import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { oneOf, optional, parametersFrom, required } from '../../../lib/http/parameters.js';

const invalid = (reason: string, message: string | RegExp = /./) =>
  expect.objectContaining({ status: 400, error: 'invalid_request', reason, message: expect.stringMatching(message) });
const query = (text: string) => parametersFrom(new URLSearchParams(text));

describe('parameters', () => {
  it('are those of a query, each once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([name]) => name }), (pairs) => {
        const text = new URLSearchParams(pairs).toString();
        expect([...query(text)]).toEqual([...new URLSearchParams(text)]);
      }),
    );
  });

  it('are known by their names, inherited ones too', () => {
    const parameters = query('__proto__=a&constructor=b&toString=c');
    expect([...parameters.keys()]).toEqual(['__proto__', 'constructor', 'toString']);
    expect(optional(query(''), 'constructor')).toBeUndefined();
    expect(optional(parameters, '__proto__')).toBe('a');
  });

  it.each([
    ['a=1&a=2', /^a has to be sent once, as plain text\.$/],
    ['a=1&a=1', /^a has/],
    ['a&a', /^a has/],
    ['x[y]=1&x[y]=2', /^A parameter has/],
    ['%3Cscript%3E=1&%3Cscript%3E=2', /^A parameter has/],
    [`${'a'.repeat(65)}=1&${'a'.repeat(65)}=2`, /^A parameter has/],
  ])('are not sent twice: %s', (text, message) => {
    expect(() => query(text)).toThrow(invalid('repeated_parameter', message));
  });

  it.each([['a'], { b: 'c' }, 5, true, null, undefined, Buffer.from('a')])('are text, not %p', (value) => {
    expect(() => parametersFrom([['a', value]])).toThrow(invalid('repeated_parameter'));
  });

  it('with brackets are names like others', () => {
    expect([...query('x[y]=1&x=2')]).toEqual([
      ['x[y]', '1'],
      ['x', '2'],
    ]);
  });
});

describe('a parameter', () => {
  it.each([
    ['', undefined],
    ['a=', undefined],
    ['a=b', 'b'],
    ['a=b+c%20d', 'b c d'],
    [`a=${'x'.repeat(512)}`, 'x'.repeat(512)],
  ])('of %j is %j', (text, value) => {
    expect(optional(query(text), 'a')).toBe(value);
  });

  it.each(['a=%00', 'a=%0D%0A', 'a=%7F', 'a=%C3%A4', 'a=%FF', 'a=%F0%9F%98%80', `a=${'x'.repeat(513)}`])(
    'may not be %j',
    (text) => {
      const refused = invalid('invalid_parameter', /^a has to be printable ASCII of at most 512 characters\.$/);
      expect(() => optional(query(text), 'a')).toThrow(refused);
      expect(() => required(query(text), 'a')).toThrow(refused);
    },
  );

  it('may be longer where more is expected', () => {
    const parameters = query(`a=${'x'.repeat(600)}`);
    expect(optional(parameters, 'a', 600)).toHaveLength(600);
    expect(() => optional(parameters, 'a', 599)).toThrow(invalid('invalid_parameter'));
  });

  it.each(['', 'a=', 'b=c'])('that is required is missing in %j', (text) => {
    expect(() => required(query(text), 'a')).toThrow(invalid('missing_parameter', /^a is missing\.$/));
  });

  it('is one of those that are offered', () => {
    expect(oneOf(query('a=y'), 'a', ['x', 'y'])).toBe('y');
    expect(oneOf(query('a='), 'a', ['x', 'y'])).toBeUndefined();
    for (const odd of ['a=z', 'a=X', 'a=x+y', 'a=%20x']) {
      expect(() => oneOf(query(odd), 'a', ['x', 'y'])).toThrow(
        invalid('invalid_parameter', /^a has to be one of: x, y\.$/),
      );
    }
  });

  it('that is refused is not repeated to the sender', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: fc.constantFrom('ä', '<', '§') }), (value) => {
        expect(() => oneOf(new Map([['a', value]]), 'a', ['x'])).toThrow(
          expect.objectContaining({ message: expect.not.stringContaining(value) }),
        );
      }),
    );
  });
});
