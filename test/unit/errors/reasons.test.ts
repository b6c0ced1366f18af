import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('reason codes', () => {
  it('are all explained in docs/errors.md, and nothing else is', () => {
    const declared = [...read('lib/errors/reason.ts').matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason);
    const [, table = ''] = read('docs/errors.md').split('## Reason codes');
    const [explained = ''] = table.split('## Events');
    const documented = [...explained.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason);
    expect(documented.sort()).toEqual(declared.sort());
  });

  it('of rejected tokens are among them', () => {
    const own = [...read('lib/tokens/token-rejection.ts').matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason);
    const all = [...read('lib/errors/reason.ts').matchAll(/\| '(\w+)'/g)].map(([, reason]) => reason);
    expect(own.length).toBeGreaterThan(10);
    expect(all).toEqual(expect.arrayContaining(own));
  });
});
