import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import type { AuthAppOptions } from '../support/auth-app.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { loopbackTarget } from '../support/wire-client.js';
import { begin, callback, grantTo, redeem, sealAs } from './support/logins.js';
import { badGrant, badRequest, expectRefused, targetOn, type Attacked } from './support/target.js';

const secret = 'a secret of at least thirty-two characters';

describe.each(adapters)('a sealed value on %s:', (adapter) => {
  let ahead = 0;
  let foreign: StubProvider;
  const now = () => Date.now() + ahead;
  const target = targetOn(adapter, { auth: { secret, now } });
  beforeAll(async () => {
    foreign = await startStubProvider();
  });
  beforeEach(() => {
    ahead = 0;
  });
  afterAll(() => foreign.close());

  const another = (auth: AuthAppOptions['auth']) => target.boot({ auth: { secret, now, ...auth }, controllers: [] });
  const deviceCode = async ({ client }: Attacked = target.app) =>
    String((await client.post('/auth/v2/device')).json.device_code);
  const ticket = async (app: Attacked = target.app) => {
    const { json } = await app.client.post('/auth/v2/logout', {}, { bearer: await target.stub.accessToken() });
    return new URL(String(json.logout_url)).searchParams.get('ticket') ?? '';
  };
  const poll = (device_code: string, app: Attacked = target.app) => app.client.post('/auth/v2/token', { device_code });
  const expectNoDeviceCode = async (code: string, app: Attacked = target.app) => {
    const asked = target.stub.calls('token');
    await expectRefused(app, () => poll(code, app), badGrant('device_code_invalid'));
    expect(target.stub.calls('token')).toBe(asked);
  };
  const expectGenuine = async () => {
    const begun = await begin(target.client, loopbackTarget);
    grantTo(target, begun);
    expect((await redeem(target.app, begun.state)).status).toBe(200);
    expect((await poll(await deviceCode())).status).toBe(200);
  };

  const others: [name: string, auth: () => AuthAppOptions['auth']][] = [
    ['another registration', () => ({ name: 'other' })],
    ['another client', () => ({ clientId: 'another-client' })],
    ['another secret', () => ({ secret: 'another secret of more than thirty-two characters' })],
    ['another base URL', () => ({ baseUrl: 'http://127.0.0.1:1' })],
    ['another issuer', () => ({ discoveryUrl: foreign.discoveryUrl, baseUrl: target.app.url })],
  ];

  it.each(others)('device code of %s', async (_, auth) => {
    await expectNoDeviceCode(await deviceCode(await another(auth())));
    await expectGenuine();
  });

  it.each(others)('state of %s', async (_, auth) => {
    const { state } = await begin((await another(auth())).client, loopbackTarget);
    await expectRefused(target.app, () => redeem(target.app, state), badGrant('state_invalid'));
    await expectGenuine();
  });

  it.each([
    ['empty parts', () => '....'],
    ['a word', () => 'ABCD-EFGH'],
    ["the provider's own code", () => '5f0c6cb1-6f2b-4d0f-9cf0-7f1e7ab3a35e'],
    ['cut off', (code: string) => code.slice(0, -1)],
    ['longer by one character', (code: string) => `${code}A`],
    ['without its tag', (code: string) => code.slice(0, code.lastIndexOf('.') + 1)],
    ['with another initialisation vector', (code: string) => replaced(code, 2, 'AAAAAAAAAAAAAAAA')],
    ['with an encrypted key', (code: string) => replaced(code, 1, 'AAAA')],
    ['with a header in other words', (code: string) => replaced(code, 0, b64('{"enc":"A256GCM","alg":"dir"}'))],
    ['of 12,000 characters', (code: string) => code + 'A'.repeat(12_000 - code.length)],
  ])('forged device code: %s', async (_, forge) => {
    await expectNoDeviceCode(forge(await deviceCode()));
    await expectGenuine();
  });

  it('expired device code: refused without asking the provider', async () => {
    const code = await deviceCode();
    const asked = target.stub.calls('token');
    ahead = 600_000;
    await expectRefused(target.app, () => poll(code), {
      status: 400,
      error: 'expired_token',
      reason: 'device_code_expired',
    });
    expect(target.stub.calls('token')).toBe(asked);
    ahead = 0;
    await expectGenuine();
  });

  it('each in the place of another kind', async () => {
    const [code, end] = [await deviceCode(), await ticket()];
    const { state } = await begin(target.client, loopbackTarget);
    const own = await begin(target.client, target.client.url('/auth/v2/callback'));
    await expectRefused(target.app, () => redeem(target.app, code), badGrant('state_invalid'));
    // a ticket is short enough to be a verifier, and as such belongs to no log-in
    await expectRefused(target.app, () => redeem(target.app, end), badGrant('nonce_mismatch'));
    for (const wrong of [code, end]) {
      const swapped = { ...own, state: wrong };
      await expectRefused(target.app, () => callback(target.app, swapped), badRequest('state_invalid'));
    }
    for (const wrong of [state, own.state, end]) await expectNoDeviceCode(wrong);
    for (const wrong of [state, own.state, code]) {
      const ask = () => target.client.get('/auth/v2/logout', { ticket: wrong });
      await expectRefused(target.app, ask, badRequest('ticket_invalid'));
    }
    await expectGenuine();
  });

  it('ticket of a log-out: forged, expired, of another client', async () => {
    const genuine = await ticket();
    const ask = (one: string) => () => target.client.get('/auth/v2/logout', { ticket: one });
    const strangers = await ticket(await another({ clientId: 'another-client' }));
    await expectRefused(target.app, ask(`${genuine}A`), badRequest('ticket_invalid'));
    await expectRefused(target.app, ask(strangers), badRequest('ticket_invalid'));
    ahead = 61_000;
    await expectRefused(target.app, ask(genuine), badRequest('ticket_expired'));
    ahead = 0;
    expect((await ask(genuine)()).status).toBe(302);
  });

  describe('even under the right key', () => {
    const direct = { alg: 'dir', enc: 'A256GCM' };
    const seal = (value: object | Buffer | string, header: object = direct) => {
      const bytes = Buffer.isBuffer(value) || typeof value === 'string' ? value : JSON.stringify(value);
      const { issuer } = target.stub;
      const context = { secret, clientId: 'my-client', issuer, baseUrl: target.app.url, instance: 'default' };
      return sealAs({ ...context, purpose: 'device' }, header, Buffer.from(bytes as string));
    };
    const content = () => ({ deviceCode: 'd', scope: 'openid', expires: Math.floor(Date.now() / 1000) + 60 });

    it('as we seal it: that opens', async () => {
      expect((await poll(seal(content()))).status).toBe(200);
    });

    it.each([
      ['compressed', () => seal(deflateRawSync(JSON.stringify(content())), { ...direct, zip: 'DEF' })],
      [
        'a bomb of 20 MB',
        () => seal(deflateRawSync(Buffer.alloc(20_000_000)).subarray(0, 8_000), { ...direct, zip: 'DEF' }),
      ],
      ['with a further header', () => seal(content(), { ...direct, kid: '1' })],
      ['with a critical header', () => seal(content(), { ...direct, crit: ['exp'], exp: 1 })],
      ['no JSON', () => seal('no JSON')],
      ['null', () => seal('null')],
    ])('%s', async (_, sealed) => {
      await expectNoDeviceCode(sealed());
      await expectGenuine();
    });

    it.each([undefined, null, '4102444800', true])('with the expiry %j', async (expires) => {
      await expectRefused(target.app, () => poll(seal({ ...content(), expires })), {
        status: 400,
        error: 'expired_token',
        reason: 'device_code_expired',
      });
      await expectGenuine();
    });
  });
});

const b64 = (text: string) => Buffer.from(text).toString('base64url');

function replaced(sealed: string, index: number, part: string): string {
  const parts = sealed.split('.');
  parts[index] = part;
  return parts.join('.');
}
