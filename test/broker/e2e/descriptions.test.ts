import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { adapters } from '../../support/apps.js';
import { expectTokens, expectWireError } from '../../support/expect-wire.js';
import { json, notJson, status } from '../../support/faults.js';
import { claimsOf, signingKey } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import type { WireAnswer } from '../../support/wire-client.js';
import { MovedClock } from '../../attacks/support/bearer-target.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen, expectTooWeak } from './support/expect-doors.js';
import { hurry } from './support/hurried.js';
import { answerTokens, logInAt, refresh, sessionAt, type Granted } from './support/stub-logins.js';

const rolesOf = ({ json: tokens }: WireAnswer) => claimsOf(String(tokens.access_token)).roles;
const user = { sub: 'stub-user', preferred_username: 'stub', roles: ['from-userinfo'] };

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => {
  jest.restoreAllMocks();
  stub.restore();
});
afterAll(() => stub.close());

describe.each(adapters)('what the provider says of a user beyond the ID token, on %s:', (adapter) => {
  let clock: MovedClock;
  let app: BrokerApp;
  const boot = async () => {
    clock = new MovedClock();
    app = await bootBroker(adapter, stub, { auth: { now: clock.now } });
  };
  afterEach(() => app.close());

  describe('an access token that proves nothing here', () => {
    const another = signingKey('RS256');
    const roles = ['admin'];

    it.each<[string, string, () => Promise<Granted>]>([
      ['because it is opaque', 'token_malformed', async () => ({ accessToken: 'opaque-access-token' })],
      [
        'because it is for another audience',
        'audience_mismatch',
        async () => ({ accessToken: { aud: 'graph', roles } }),
      ],
      [
        'because nobody knows its key',
        'key_unknown',
        async () => ({ accessToken: await stub.accessToken({ roles }, {}, await another) }),
      ],
    ])('%s is no error but an event, and its roles are none', async (_, reason, granted) => {
      await boot();
      stub.on('userinfo', json(user));
      const first = await logInAt(app, stub, await granted());
      expectTokens(first, true);
      expect(rolesOf(first)).toEqual(['from-userinfo']);
      const event = { instance: 'default', what: 'access token', reason, message: expect.stringMatching(/audience/) };
      expect(app.told.providerFailed).toEqual([event]);

      answerTokens(stub, await granted());
      expect(rolesOf(await refresh(app, String(first.json.refresh_token)))).toEqual(['from-userinfo']);
      expect(app.told.providerFailed).toHaveLength(1);
    });

    it('does not hide a later one that does', async () => {
      await boot();
      const { refresh: token } = await sessionAt(app, stub, { accessToken: 'opaque' });
      answerTokens(stub, { accessToken: { roles } });
      expect(rolesOf(await refresh(app, token))).toEqual(roles);
    });
  });

  describe('at a log-in userinfo', () => {
    it.each([401, 403, 404])('may say %i: there is none', async (code) => {
      await boot();
      stub.on('userinfo', status(code));
      const answer = await logInAt(app, stub, { accessToken: { roles: ['reader'] } });
      expectTokens(answer, true);
      expect(claimsOf(String(answer.json.access_token))).not.toHaveProperty('preferred_username');
      expect(rolesOf(answer)).toEqual(['reader']);
    });

    it('may fail twice', async () => {
      await boot();
      hurry();
      let failures = 2;
      stub.on('userinfo', (request, response) => {
        if (failures-- === 0) return user;
        status(500)(request, response);
        return undefined;
      });
      expectTokens(await logInAt(app, stub), true);
    });

    it.each([500, 503, 429])('that goes on answering %i is 503, and what was granted is revoked', async (code) => {
      await boot();
      hurry();
      stub.on('userinfo', status(code));
      const revoked = stub.calls('revocation');
      const answer = await logInAt(app, stub, { others: { refresh_token: 'granted-and-revoked' } });
      expectWireError(answer, 503, 'temporarily_unavailable');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      const { form } = stub.requestsTo('revocation').at(-1) ?? {};
      expect(stub.calls('revocation')).toBe(revoked + 1);
      expect(form?.get('token')).toBe('granted-and-revoked');
    });

    it.each([
      ['speaks of somebody else', json({ ...user, sub: 'somebody-else' })],
      ['says nonsense', notJson],
      ['says a list', json([])],
    ])('that %s is 502, and what was granted is revoked', async (_, fault) => {
      await boot();
      stub.on('userinfo', fault);
      const revoked = stub.calls('revocation');
      expectWireError(await logInAt(app, stub), 502, 'server_error');
      expect(stub.calls('revocation')).toBe(revoked + 1);
    });
  });

  describe('at a refresh userinfo', () => {
    it.each([401, 403, 404])('may say %i: there is none any more', async (code) => {
      await boot();
      const { access, refresh: token } = await sessionAt(app, stub);
      expect(claimsOf(access)).toHaveProperty('preferred_username');
      stub.on('userinfo', status(code));
      const answer = await refresh(app, token);
      expectTokens(answer, true);
      expect(claimsOf(String(answer.json.access_token))).not.toHaveProperty('preferred_username');
    });

    it.each([
      ['answers 500', 503, status(500)],
      ['answers 503', 503, status(503)],
      ['answers 429', 503, status(429)],
      ['speaks of somebody else', 502, json({ ...user, sub: 'somebody-else' })],
      ['says nonsense', 502, notJson],
    ])('that %s is %i, and the session stays: the same token works afterwards', async (_, code, fault) => {
      await boot();
      const { access, refresh: token } = await sessionAt(app, stub);
      const calls = stub.calls('token');
      stub.on('userinfo', fault);
      for (let attempt = 0; attempt < 3; attempt++) {
        const answer = await refresh(app, token);
        expectWireError(answer, code, code === 503 ? 'temporarily_unavailable' : 'server_error');
        expect(answer.headers.has('retry-after')).toBe(code === 503);
      }
      await expectOpen(app, access);

      stub.on('userinfo', json(user));
      const answer = await refresh(app, token);
      expectTokens(answer, true);
      expect(rolesOf(answer)).toEqual(['from-userinfo']);
      expectTokens(await refresh(app, String(answer.json.refresh_token)), true);
      // the provider's answer was kept: its refresh token was presented once for each of ours
      expect(stub.calls('token')).toBe(calls + 2);
      expect(app.told.ended).toEqual([]);
    });

    it('that is away for longer than the ID token lives costs nobody the session', async () => {
      await boot();
      const { refresh: token } = await sessionAt(app, stub);
      stub.on('userinfo', status(503));
      expectWireError(await refresh(app, token), 503, 'temporarily_unavailable');
      clock.advance(1_800);
      stub.on('userinfo', json(user));
      const answer = await refresh(app, token);
      expect(answer.status).toBe(200);
      expect(claimsOf(String(answer.json.access_token))).toMatchObject({ sub: 'stub-user' });
      expect(app.told.ended).toEqual([]);
    });
  });

  describe('too many groups for a token', () => {
    it.each([
      ['as OpenID Connect has it', { _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } }],
      ['as Entra ID has it in short', { hasgroups: true }],
    ])('%s: routes that require groups say so, others do not care', async (_, claims) => {
      await boot();
      for (const granted of [{ accessToken: claims }, { idToken: claims }]) {
        const { access } = await sessionAt(app, stub, granted);
        await expectTooWeak(app, access, 'groups_overage', '/admins');
        await expectOpen(app, access);
      }
    });

    it('is none, where userinfo has them all', async () => {
      await boot();
      stub.on('userinfo', json({ ...user, groups: ['admins'] }));
      const { access } = await sessionAt(app, stub, { accessToken: { hasgroups: true } });
      await expectOpen(app, access, '/admins');
    });

    it('is not, what a user without groups has', async () => {
      await boot();
      const { access } = await sessionAt(app, stub);
      await expectTooWeak(app, access, 'claim_missing', '/admins');
    });
  });
});
