import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Remembered } from '../../../lib/tokens/remembered.js';

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

const remembering = (most: number, ...keys: string[]) => {
  const remembered = new Remembered<string>(most);
  for (const key of keys) remembered.set(key, `of ${key}`);
  return remembered;
};
const known = (remembered: Remembered<string>, ...keys: string[]) =>
  keys.filter((key) => remembered.get(key) === `of ${key}`);

describe('what is remembered', () => {
  it('is known, set anew, and forgotten when it is said', () => {
    const remembered = remembering(3, 'a', 'b');
    remembered.set('a', 'of another');
    remembered.delete('b');
    expect([remembered.get('a'), remembered.get('b'), remembered.get('c')]).toEqual([
      'of another',
      undefined,
      undefined,
    ]);
  });

  it.each<[string, (remembered: Remembered<string>) => void]>([
    ['read', (remembered) => remembered.get('a')],
    ['set anew', (remembered) => remembered.set('a', 'of a')],
  ])('makes room in the order in which it came, but later for what was %s since', (_, use) => {
    const remembered = remembering(3, 'a', 'b', 'c');
    use(remembered);
    remembered.set('d', 'of d');
    remembered.set('e', 'of e');
    expect(known(remembered, 'a', 'b', 'c', 'd', 'e')).toEqual(['a', 'd', 'e']);
  });

  it('makes room where all of it is in use, too', () => {
    const remembered = remembering(2, 'a', 'b');
    known(remembered, 'a', 'b');
    remembered.set('c', 'of c');
    expect(known(remembered, 'a', 'b', 'c')).toEqual(['b', 'c']);
  });

  it('is never more than it may be, and what came last is always there', () => {
    const step = fc.tuple(fc.constantFrom('get', 'set', 'delete'), fc.constantFrom(...letters));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 200 }), (most, steps) => {
        const remembered = new Remembered<string>(most);
        for (const [verb, key] of steps) {
          if (verb === 'set') {
            remembered.set(key, `of ${key}`);
            expect(known(remembered, key)).toEqual([key]);
          } else remembered[verb === 'get' ? 'get' : 'delete'](key);
        }
        expect(known(remembered, ...letters).length).toBeLessThanOrEqual(most);
      }),
    );
  });
});
