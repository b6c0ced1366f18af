import { describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { adapters } from '../support/apps.js';
import { signingKey } from '../support/keys.js';
import { loopbackTarget } from '../support/wire-client.js';
import { badAnswer, badGrant, badRequest, expectRefused, targetOn, type Refusal } from './support/target.js';
import { altered } from './support/tokens.js';

const DAY = 86_400;
const inADay = () => Math.floor(Date.now() / 1000) + DAY;

/** What makes an ID token one for another client, another log-in or another time. */
const claims: [name: string, claims: () => JWTPayload][] = [
  ['for another client', () => ({ aud: 'another-client' })],
  ['with an audience that configuration does not name', () => ({ aud: ['my-client', 'evil'], azp: 'my-client' })],
  ['with several audiences and no azp', () => ({ aud: ['my-client', 'my-api'] })],
  ['with the wrong azp', () => ({ azp: 'another-client' })],
  ['of another issuer', () => ({ iss: 'https://evil.example' })],
  ['issued a day ahead', () => ({ iat: inADay(), exp: inADay() + 60 })],
  ['that has expired', () => ({ exp: inADay() - DAY - 60 })],
  ['with an empty sub', () => ({ sub: '' })],
];

describe.each(adapters)('an ID token on %s', (adapter) => {
  const target = targetOn(adapter);

  /** The flows that end with an ID token, given what it says besides the right nonce. */
  const flows = {
    code: async (idToken: (nonce: string) => Promise<string | undefined>) => {
      const { searchParams } = await target.client.authorizationRequest({ redirect_uri: loopbackTarget });
      const nonce = searchParams.get('nonce') ?? '';
      target.stub.on('token', async () => target.stub.tokens({}, { id_token: await idToken(nonce) }));
      const state = searchParams.get('state') ?? '';
      return target.client.redeem({ code: 'a-code', state, iss: target.stub.issuer, redirectUri: loopbackTarget });
    },
    device: async (idToken: (nonce: string) => Promise<string | undefined>) => {
      const { json } = await target.client.post('/auth/v2/device');
      target.stub.on('token', async () => target.stub.tokens({}, { id_token: await idToken('') }));
      return target.client.post('/auth/v2/token', { device_code: String(json.device_code) });
    },
    refresh: async (idToken: (nonce: string) => Promise<string | undefined>) => {
      target.stub.on('token', async () => target.stub.tokens({}, { id_token: await idToken('') }));
      return target.client.post('/auth/v2/token', { refresh_token: 'a-refresh-token' });
    },
  };
  const good = (nonce: string) => target.stub.idToken(nonce === '' ? {} : { nonce });

  describe.each(['code', 'device', 'refresh'] as const)('in a %s answer,', (flow) => {
    const expectAnswer = async (idToken: (nonce: string) => Promise<string | undefined>, refusal: Refusal) => {
      await expectRefused(target.app, () => flows[flow](idToken), refusal);
      expect((await flows[flow](good)).status).toBe(200);
    };

    it.each(claims)('%s', async (_, odd) => {
      const token = (nonce: string) => target.stub.idToken({ ...(nonce !== '' && { nonce }), ...odd() });
      await expectAnswer(token, badAnswer('id_token_invalid'));
    });

    it.each(['exp', 'iat', 'sub'])('without %s', async (name) => {
      const token = (nonce: string) => target.stub.idToken({ ...(nonce !== '' && { nonce }), [name]: undefined });
      await expectAnswer(token, badAnswer('provider_answer_invalid'));
    });

    it('with a forged signature', async () => {
      const stranger = await signingKey('RS256');
      const token = (nonce: string) => target.stub.idToken({ nonce }, { kid: target.stub.key.kid }, stranger);
      await expectAnswer(token, badAnswer('id_token_invalid'));
    });

    it.each(['none', 'HS256'])('with alg %s', async (alg) => {
      const token = async (nonce: string) => altered(await good(nonce), { header: { alg }, signature: 'AAAA' });
      const { status, json } = await flows[flow](token);
      expect({ status, error: json.error }).toEqual({ status: 502, error: 'server_error' });
      expect((await flows[flow](good)).status).toBe(200);
    });

    it('of the kind of an access token', async () => {
      await expectAnswer((nonce) => target.stub.idToken({ nonce }, { typ: 'at+jwt' }), badAnswer('id_token_invalid'));
    });
  });

  it.each(['code', 'device'] as const)('that is missing in a %s answer', async (flow) => {
    const missing = () => Promise.resolve(undefined);
    await expectRefused(target.app, () => flows[flow](missing), badAnswer('id_token_missing'));
  });

  it.each([
    ['wrong', { nonce: 'of-another-log-in' }],
    ['missing', {}],
    ['empty', { nonce: '' }],
    ['a list', { nonce: ['x'] }],
  ])('with a nonce that is %s: the code belongs to another log-in', async (_, odd) => {
    await expectRefused(target.app, () => flows.code(() => target.stub.idToken(odd)), badGrant('nonce_mismatch'));
    expect((await flows.code(good)).status).toBe(200);
  });

  it('with the nonce of an earlier log-in', async () => {
    let earlier = '';
    await flows.code((nonce) => good((earlier = nonce)));
    await expectRefused(target.app, () => flows.code(() => good(earlier)), badGrant('nonce_mismatch'));
  });

  it('may name an audience that is configured', async () => {
    const both = (nonce: string) => target.stub.idToken({ nonce, aud: ['my-client', 'my-api'], azp: 'my-client' });
    expect((await flows.code(both)).status).toBe(200);
  });
});

describe.each(adapters)('iss in the callback on %s', (adapter) => {
  const target = targetOn(adapter);

  const callback = async (iss: string | undefined) => {
    const redirectUri = target.client.url('/auth/v2/callback');
    const { headers } = await target.client.get('/auth/v2/login', { redirect_uri: redirectUri });
    const { searchParams } = new URL(headers.get('location') ?? '');
    const cookie = headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    target.stub.on('token', () => target.stub.tokens({ nonce: searchParams.get('nonce') }));
    const query = { code: 'a-code', state: searchParams.get('state') ?? '', ...(iss !== undefined && { iss }) };
    return target.client.get('/auth/v2/callback', query, { headers: { cookie } });
  };

  it('of another provider', async () => {
    const calls = target.stub.calls('token');
    await expectRefused(target.app, () => callback('https://evil.example'), badRequest('issuer_mismatch'));
    await expectRefused(target.app, () => callback(`${target.stub.issuer}/`), badRequest('issuer_mismatch'));
    expect(target.stub.calls('token')).toBe(calls);
    expect((await callback(target.stub.issuer)).status).toBe(200);
    expect((await callback(undefined)).status).toBe(200);
  });

  it('that is missing although the metadata promise it', async () => {
    target.stub.metadata.authorization_response_iss_parameter_supported = true;
    const app = await target.boot();
    const { headers } = await app.client.get('/auth/v2/login', { redirect_uri: app.client.url('/auth/v2/callback') });
    const state = new URL(headers.get('location') ?? '').searchParams.get('state') ?? '';
    const cookie = headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    await expectRefused(
      app,
      () => app.client.get('/auth/v2/callback', { code: 'a-code', state }, { headers: { cookie } }),
      badRequest('issuer_mismatch'),
    );
  });
});
