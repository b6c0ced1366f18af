import { describe, expect, it } from '@jest/globals';
import { targetOn, unavailable, expectRefused } from '../attacks/support/target.js';
import { adapters } from '../support/apps.js';
import { overloaded, status } from '../support/faults.js';

const said: [value: string, told: string][] = [
  ['7', '7'],
  ['0', '1'],
  ['-5', '1'],
  ['0.5', '1'],
  ['6.1', '7'],
  ['301', '300'],
  ['1e9', '300'],
  ['99999999999999999999', '300'],
  ['Infinity', '1'],
  ['NaN', '1'],
  ['soon', '1'],
  ['', '1'],
  ['7, 9', '1'],
  ['Fri, 31 Dec 9999 23:59:59 GMT', '1'],
];

describe.each(adapters)('a provider that is overloaded, on %s, says Retry-After', (adapter) => {
  const target = targetOn(adapter);

  it.each(said)('%j, and clients are told %s s', async (value, told) => {
    for (const code of [429, 503]) {
      target.stub.on('token', overloaded(value, code));
      const { status: answered, headers } = await target.client.post('/auth/v2/token', { refresh_token: 'r' });
      expect({ answered, told: headers.get('retry-after') }).toEqual({ answered: 503, told });
    }
  });

  it.each([429, 503])('with %i about its metadata: clients are told so, too', async (code) => {
    const app = await target.boot();
    target.stub.on('discovery', overloaded('7', code));
    const ask = async () => {
      const answer = await app.client.get('/auth/v2/login', { redirect_uri: 'http://127.0.0.1:9/in' });
      expect(answer.headers.get('retry-after')).toBe('7');
      return answer;
    };
    await expectRefused(app, ask, unavailable(code === 429 ? 'provider_overloaded' : 'provider_unreachable'));
  });

  it('or nothing: clients are told a second', async () => {
    target.stub.on('token', status(503));
    const { headers } = await target.client.post('/auth/v2/token', { refresh_token: 'r' });
    expect(headers.get('retry-after')).toBe('1');
  });
});
