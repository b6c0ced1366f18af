import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { grantedScopes, mentionsScopes } from '../../../lib/tokens/scopes.js';

const scope = fc.stringMatching(/^[!#-[\]-~]{1,20}$/);

describe('granted scopes', () => {
  it.each<[object, string[]]>([
    [{ scope: 'read write' }, ['read', 'write']],
    [{ scope: '  read   write ' }, ['read', 'write']],
    [{ scope: ['read', 'write'] }, ['read', 'write']],
    [{ scp: 'read' }, ['read']],
    [{ scp: ['read', 'write'] }, ['read', 'write']],
    [{ scope: 'read', scp: 'write' }, ['read']],
    [{ scope: '', scp: 'write' }, []],
    [{ scope: ['read write'] }, ['read write']],
    [{ scope: 'read:all' }, ['read:all']],
    [{ scope: 'read\twrite' }, ['read\twrite']],
  ])('of %j are %j', (claims, granted) => {
    expect([...grantedScopes(claims)]).toEqual(granted);
  });

  it.each([{}, { scope: 5 }, { scope: true }, { scope: {} }, { scope: [] }, { scope: ['read', 5] }, { scp: null }])(
    'of %j are none',
    (claims) => {
      expect(grantedScopes(claims).size).toBe(0);
    },
  );

  it('are the same in a string and in a list', () => {
    fc.assert(
      fc.property(fc.array(scope), (scopes) => {
        expect(grantedScopes({ scope: scopes.join(' ') })).toEqual(grantedScopes({ scp: scopes }));
      }),
    );
  });
});

describe('a token', () => {
  it.each([{ scope: 'a' }, { scope: '' }, { scp: [] }])('with %j speaks of scopes', (claims) => {
    expect(mentionsScopes(claims)).toBe(true);
  });

  it('without either claim does not', () => {
    expect(mentionsScopes({})).toBe(false);
  });
});
