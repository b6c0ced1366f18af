import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { adapters } from '../../support/apps.js';
import { expectSecondsAfter, expectUncached, expectWireError } from '../../support/expect-wire.js';
import { claimsOf, headerOf } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import type { WireAnswer } from '../../support/wire-client.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen, expectShut } from './support/expect-doors.js';
import { sessionAt } from './support/stub-logins.js';

type Exchange = NonNullable<BrokerOptions['exchange']>;

const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterAll(() => stub.close());

const subject = (claims: JWTPayload = {}) => stub.accessToken({ azp: 'spa', scope: 'openid read write', ...claims });

describe.each(adapters)('token exchange on %s', (adapter) => {
  let app: BrokerApp;
  const boot = async (exchange: Partial<Exchange> = {}, audience = 'own-api') => {
    app = await bootBroker(adapter, stub, { broker: { audience, exchange: { clients: ['spa'], ...exchange } } });
  };
  const exchange = async (form: Record<string, string> = {}, claims: JWTPayload = {}) =>
    app.client.post('/auth/v2/token', { grant_type, subject_token: await subject(claims), ...form });
  const claims = ({ status, text, json }: WireAnswer) => {
    if (status !== 200) throw new Error(`The exchange was answered ${status}: ${text}`);
    return claimsOf(String(json.access_token));
  };

  describe('that nobody allows', () => {
    beforeAll(async () => {
      app = await bootBroker(adapter, stub);
    });
    afterAll(() => app.close());

    it('is an unsupported grant, named or not', async () => {
      const answer = await exchange();
      expectWireError(answer, 400, 'unsupported_grant_type');
      expect(answer.json.error_description).not.toContain('token-exchange');
      expectWireError(
        await app.client.post('/auth/v2/token', { subject_token: await subject() }),
        400,
        'invalid_request',
      );
    });
  });

  describe('that is allowed', () => {
    beforeAll(() => boot({ clients: ['spa', 'cli'], audiences: ['own-api', 'https://api.example.org'] }));
    afterAll(() => app.close());

    it('gives an access token of ours, and nothing besides', async () => {
      const answer = await exchange();
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({
        access_token: expect.any(String),
        issued_token_type: accessTokenType,
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        expires: expect.any(Number),
        scope: 'openid read write',
      });
      expectUncached(answer);
      expectSecondsAfter(answer, answer.json.expires, Number(answer.json.expires_in));
    });

    it('names the user, the client and what the user may, and no session', async () => {
      const answer = await exchange(
        {},
        { preferred_username: 'stub', email: 'stub@example.org', realm_access: { roles: ['user'] }, sid: 'theirs' },
      );
      expect(headerOf(String(answer.json.access_token))).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
      expect(claims(answer)).toEqual({
        iss: app.url,
        aud: 'own-api',
        sub: 'stub-user',
        client_id: 'spa',
        scope: 'openid read write',
        preferred_username: 'stub',
        email: 'stub@example.org',
        email_verified: false,
        realm_access: { roles: ['user'] },
        roles: ['user'],
        jti: expect.any(String),
        iat: expect.any(Number),
        exp: expect.any(Number),
      });
    });

    it('opens routes as far as the subject token would', async () => {
      const { json } = await exchange({}, { realm_access: { roles: ['user'] } });
      for (const path of ['/me', '/readers', '/users', '/own-audience']) {
        await expectOpen(app, String(json.access_token), path);
      }
      const weak = await exchange({ scope: 'openid' });
      expect((await app.client.get('/readers', {}, { bearer: String(weak.json.access_token) })).status).toBe(403);
    });

    it('lives no longer than the subject token', async () => {
      const exp = Math.floor(Date.now() / 1000) + 90;
      const answer = await exchange({}, { exp });
      expect(claims(answer).exp).toBeLessThanOrEqual(exp);
      expect(answer.json.expires_in).toBeLessThanOrEqual(90);
      expect(answer.json.expires_in).toBeGreaterThan(80);
    });

    it('lives an hour at most', async () => {
      const answer = await exchange({}, { exp: Math.floor(Date.now() / 1000) + 86_400 });
      expect(answer.json.expires_in).toBe(3_600);
    });

    it.each([accessTokenType, jwtType])('takes and gives tokens of type %s', async (type) => {
      const answer = await exchange({ subject_token_type: type, requested_token_type: type });
      expect(answer.json.issued_token_type).toBe(accessTokenType);
    });

    it('is understood in both spellings, and without grant type', async () => {
      const subject_token = await subject();
      const post = (form: Record<string, string>) => app.client.post('/auth/v2/token', form);
      const hyphenated = { 'subject-token': subject_token, 'subject-token-type': accessTokenType };
      expect(claims(await post({ grant_type, ...hyphenated })).sub).toBe('stub-user');
      expect(claims(await post({ subject_token })).sub).toBe('stub-user');
      expectWireError(await post({ subject_token, 'subject-token': 'another' }), 400, 'invalid_request');
      expectWireError(await post({ subject_token, refresh_token: 'one' }), 400, 'invalid_request');
    });

    it.each([
      [{ audience: 'own-api' }, 'own-api'],
      [{ audience: 'https://api.example.org' }, 'https://api.example.org'],
      [{ resource: 'https://api.example.org' }, 'https://api.example.org'],
      [{ audience: 'https://api.example.org', resource: 'https://api.example.org' }, 'https://api.example.org'],
    ])('for %j is meant for %s', async (form, aud) => {
      expect(claims(await exchange(form)).aud).toBe(aud);
    });

    it('for another audience of the list opens nothing here', async () => {
      const { json } = await exchange({ audience: 'https://api.example.org' });
      await expectShut(app, String(json.access_token), 'audience_mismatch');
    });

    it.each<Record<string, string>>([
      { audience: 'another-api' },
      { resource: 'https://elsewhere.example.org' },
      { audience: 'own-api', resource: 'https://api.example.org' },
    ])('for %j is 400 invalid_target', async (form) => {
      expectWireError(await exchange(form), 400, 'invalid_target');
    });

    it('grants fewer scopes if fewer are asked for, and never more', async () => {
      const fewer = await exchange({ scope: 'read' });
      expect([fewer.json.scope, claims(fewer).scope]).toEqual(['read', 'read']);
      expectWireError(await exchange({ scope: 'read admin' }), 400, 'invalid_scope');
    });

    it('of a token without scope has none', async () => {
      const answer = await exchange({}, { scope: undefined });
      expect(answer.json).not.toHaveProperty('scope');
      expect(claims(answer)).not.toHaveProperty('scope');
    });

    it.each(['azp', 'client_id', 'appid', 'cid'])('knows the client by %s', async (name) => {
      expect(claims(await exchange({}, { azp: undefined, [name]: 'cli' })).client_id).toBe('cli');
      expectWireError(await exchange({}, { azp: undefined, [name]: 'a-stranger' }), 400, 'invalid_request');
      expect(app.told.refused.at(-1)?.reason).toBe('subject_token_not_allowed');
    });

    it.each<[string, JWTPayload]>([
      ['another audience', { aud: 'another-api' }],
      ['another issuer', { iss: 'https://elsewhere.example.org' }],
      ['an expiry that is over', { exp: Math.floor(Date.now() / 1000) - 600 }],
      ['an actor', { act: { sub: 'somebody' } }],
      ['those who may act', { may_act: { sub: 'somebody' } }],
      ['a key that only its owner has', { cnf: { jkt: 'thumbprint' } }],
    ])('refuses a subject token with %s', async (_, flaw) => {
      expectWireError(await exchange({}, flaw), 400, 'invalid_request');
      expect(app.told.refused.at(-1)?.reason).toBe('subject_token_invalid');
    });

    it('refuses garbage, ID tokens, tokens of our own and those from an exchange', async () => {
      const { access, refresh } = await sessionAt(app, stub);
      const { json } = await exchange();
      const foreign = ['garbage', await stub.idToken({ azp: 'spa' }), access, refresh, String(json.access_token)];
      for (const subject_token of foreign) {
        expectWireError(await exchange({ subject_token }), 400, 'invalid_request');
        expect(app.told.refused.at(-1)?.reason).toBe('subject_token_invalid');
      }
    });

    it.each<Record<string, string>>([
      { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      { actor_token: 'a-token' },
      { 'actor-token-type': jwtType },
      { subject_token: '' },
    ])('refuses %j', async (form) => {
      expectWireError(await exchange(form), 400, 'invalid_request');
    });
  });

  it('without an audience to ask for gives tokens for the broker', async () => {
    await boot({}, 'another-own-api');
    expect(claims(await exchange()).aud).toBe('another-own-api');
    expectWireError(await exchange({ audience: 'own-api' }), 400, 'invalid_target');
    await app.close();
  });

  it("is 503 while the provider's keys cannot be had", async () => {
    await boot();
    const subject_token = await subject();
    await stub.down();
    const answer = await exchange({ subject_token });
    await stub.up();
    await app.close();
    expectWireError(answer, 503, 'temporarily_unavailable');
  });
});
