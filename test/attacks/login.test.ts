import { randomBytes } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import type { AuthAppOptions } from '../support/auth-app.js';
import { loopbackTarget, type WireClient } from '../support/wire-client.js';
import { badGrant, badRequest, expectRefused, targetOn, type Attacked } from './support/target.js';

const secret = 'a secret of at least thirty-two characters';

/** A log-in that a browser has begun: what the provider was asked, and the cookie that the browser keeps. */
interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly cookie: string;
}

async function begin(client: WireClient, redirectUri: string): Promise<Begun> {
  const { headers } = await client.get('/auth/v2/login', { redirect_uri: redirectUri });
  const { searchParams } = new URL(headers.get('location') ?? '');
  const cookie = headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  return { state: searchParams.get('state') ?? '', nonce: searchParams.get('nonce') ?? '', cookie: cookie.join('; ') };
}

describe.each(adapters)('the log-in on %s:', (adapter) => {
  const spa = 'https://spa.example.org/in';
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const target = targetOn(adapter, { auth: { secret, redirectUris: [spa], now } });
  beforeEach(() => {
    ahead = 0;
  });

  const own = (app: Attacked = target.app) => app.client.url('/auth/v2/callback');
  /** The provider answers a code with tokens for this log-in. */
  const grant = ({ nonce }: Begun) => target.stub.on('token', () => target.stub.tokens({ nonce }));
  const callback = (begun: { state: string; cookie?: string }, app: Attacked = target.app) =>
    app.client.get(
      '/auth/v2/callback',
      { code: 'a-code', state: begun.state, iss: target.stub.issuer },
      { headers: { cookie: begun.cookie ?? '' } },
    );
  const redeem = (begun: Begun, redirectUri: string, cookie = begun.cookie, app: Attacked = target.app) =>
    app.client.post(
      '/auth/v2/token',
      { code: 'a-code', redirect_uri: redirectUri, code_verifier: begun.state },
      { headers: { cookie } },
    );
  const expectGenuine = async () => {
    const begun = await begin(target.client, own());
    grant(begun);
    expect((await callback(begun)).status).toBe(200);
  };
  const another = (auth: AuthAppOptions['auth']) => target.boot({ auth: { secret, now, ...auth }, controllers: [] });

  it('callback in another browser', async () => {
    const { state } = await begin(target.client, own());
    await expectRefused(target.app, () => callback({ state }), badRequest('state_cookie_missing'));
    await expectGenuine();
  });

  it('replayed state', async () => {
    const begun = await begin(target.client, own());
    grant(begun);
    const first = await callback(begun);
    expect(first.headers.getSetCookie()).toEqual([expect.stringMatching(/=; Max-Age=0/)]);
    await expectRefused(target.app, () => callback({ state: begun.state }), badRequest('state_cookie_missing'));
    await expectGenuine();
  });

  it('state of another attempt, with the cookie of one of my own', async () => {
    const [mine, other] = [await begin(target.client, own()), await begin(target.client, own())];
    const mixed = { state: other.state, cookie: mine.cookie };
    await expectRefused(target.app, () => callback(mixed), badRequest('state_cookie_missing'));
    await expectGenuine();
  });

  it('a cookie of my own value under the name of another attempt', async () => {
    const begun = await begin(target.client, own());
    const [name = ''] = begun.cookie.split('=');
    const forged = { state: begun.state, cookie: `${name}=${randomBytes(32).toString('base64url')}` };
    await expectRefused(target.app, () => callback(forged), badRequest('state_cookie_missing'));
    await expectGenuine();
  });

  it('expired state', async () => {
    const begun = await begin(target.client, own());
    ahead = 601_000;
    await expectRefused(target.app, () => callback(begun), badRequest('state_expired'));
    ahead = 0;
    await expectGenuine();
  });

  it.each([
    ['forged', () => 'x'.repeat(500)],
    ['cut off', (state: string) => state.slice(0, -10)],
    ['changed', (state: string) => state.slice(0, -2) + (state.endsWith('AA') ? 'BB' : 'AA')],
    ['without header', (state: string) => `.${state.split('.').slice(1).join('.')}`],
    ['with an unsealed payload', () => Buffer.from('{"target":"own"}').toString('base64url')],
  ])('%s state', async (_, forge) => {
    const begun = await begin(target.client, own());
    const forged = { ...begun, state: forge(begun.state) };
    await expectRefused(target.app, () => callback(forged), badRequest('state_invalid'));
    await expectGenuine();
  });

  it.each([
    ['compressed', { alg: 'dir', enc: 'A256GCM', zip: 'DEF' }],
    ['with PBES2 and a huge p2c', { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'c2FsdA' }],
    ['with a critical header', { alg: 'dir', enc: 'A256GCM', crit: ['x'], x: 1 }],
  ])('state as a JWE that is %s', async (_, header) => {
    const sealed = await new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(randomBytes(32));
    const [, ...rest] = sealed.split('.');
    const state = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
    await expectRefused(target.app, () => callback({ state }), badRequest('state_invalid'));
    await expectGenuine();
  });

  it.each([
    ['another registration', { name: 'other' }],
    ['another client', { clientId: 'another-client' }],
    ['another secret', { secret: 'another secret of more than thirty-two characters' }],
    ['another base URL', { baseUrl: 'http://127.0.0.1:1' }],
  ])('state of %s', async (_, auth) => {
    const foreign = await another(auth);
    const begun = await begin(foreign.client, loopbackTarget);
    await expectRefused(target.app, () => redeem(begun, loopbackTarget), badGrant('state_invalid'));
    await expectGenuine();
  });

  it('state of the same client, sealed under a weak client secret, is none that a guess of it opens', async () => {
    const weak = { secret: undefined, clientSecret: 'hunter2', name: 'weak' };
    const baseUrl = target.app.url;
    const [one, two] = [await another({ ...weak, baseUrl }), await another({ ...weak, baseUrl })];
    const begun = await begin(one.client, loopbackTarget);
    await expectRefused(two, () => redeem(begun, loopbackTarget, '', two), badGrant('state_invalid'));
    grant(begun);
    expect((await redeem(begun, loopbackTarget, '', one)).status).toBe(200);
  });

  it('code and state of a leaked callback URL posted to the token endpoint', async () => {
    const begun = await begin(target.client, own());
    await expectRefused(target.app, () => redeem(begun, own()), badGrant('state_not_for_this_target'));
    await expectRefused(target.app, () => redeem(begun, loopbackTarget), badGrant('state_not_for_this_target'));
    await expectGenuine();
  });

  it('state for a native client at our own callback', async () => {
    const begun = await begin(target.client, loopbackTarget);
    await expectRefused(target.app, () => callback(begun), badRequest('state_not_for_this_target'));
    await expectGenuine();
  });

  it('a state without its cookie, for a target that is not on loopback', async () => {
    const begun = await begin(target.client, spa);
    await expectRefused(target.app, () => redeem(begun, spa, ''), badGrant('state_cookie_missing'));
    await expectRefused(target.app, () => redeem(begun, spa, 'oidc-auth-x=y'), badGrant('state_cookie_missing'));
    grant(begun);
    expect((await redeem(begun, spa)).status).toBe(200);
  });

  it('state for another redirect_uri', async () => {
    const begun = await begin(target.client, loopbackTarget);
    const elsewhere = 'http://127.0.0.1:53101/callback';
    await expectRefused(target.app, () => redeem(begun, elsewhere), badGrant('state_not_for_this_target'));
    await expectGenuine();
  });

  it('state in the place of a verifier, where that is switched off', async () => {
    const strict = await another({ acceptStateAsVerifier: false });
    const begun = await begin(strict.client, loopbackTarget);
    await expectRefused(
      strict,
      () => redeem(begun, loopbackTarget, '', strict),
      badGrant('state_as_verifier_disabled'),
    );
  });

  it('no request to the provider is made for any of these', async () => {
    const before = target.stub.calls('token');
    const begun = await begin(target.client, own());
    await callback({ state: begun.state });
    await redeem(begun, loopbackTarget);
    expect(target.stub.calls('token')).toBe(before);
    await expectGenuine();
  });
});
