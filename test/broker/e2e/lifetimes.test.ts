import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { OidcAuth } from 'nestjs-oidc-auth';
import { adapters } from '../../support/apps.js';
import { expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import type { WireAnswer } from '../../support/wire-client.js';
import { MovedClock } from '../../attacks/support/bearer-target.js';
import { bootBroker, type BrokerApp, type BrokerAppOptions } from './support/broker-app.js';
import { expectOpen, expectShut } from './support/expect-doors.js';
import { answerTokens, logInAt, refresh } from './support/stub-logins.js';

const day = 86_400;

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => stub.restore());
afterAll(() => stub.close());

describe.each(adapters)('how long what the broker issues lives, on %s:', (adapter) => {
  let clock: MovedClock;
  let app: BrokerApp;
  const boot = async (options: BrokerAppOptions = {}) => {
    clock = new MovedClock();
    app = await bootBroker(adapter, stub, { ...options, auth: { now: clock.now, ...options.auth } });
  };
  afterEach(() => app.close());

  /** The provider refreshes without an ID token, as it may. */
  const refreshing = (others: Record<string, unknown> = {}) =>
    answerTokens(stub, { accessToken: 'opaque', others: { id_token: undefined, ...others } });
  const seconds = () => Math.floor(clock.now() / 1000);
  const accessOf = ({ json }: WireAnswer) => String(json.access_token);
  const refreshOf = ({ json }: WireAnswer) => String(json.refresh_token);
  /** That a time of the wire is so many seconds from now, give or take the second that just passes. */
  const expectAhead = (time: unknown, ahead: number) => {
    expect(Math.abs(Number(time) - seconds() - ahead)).toBeLessThanOrEqual(1);
  };

  describe('a session without offline access', () => {
    const granted = { others: { refresh_token: undefined, scope: 'openid profile' } };

    it('has no refresh token, and lives as long as its access token', async () => {
      await boot();
      const answer = await logInAt(app, stub, granted);
      expect(answer.json).not.toHaveProperty('refresh_token');
      expect(answer.json).not.toHaveProperty('refresh_expires');
      expectAhead(answer.json.expires, 3_600);
      const purge = () => app.app.get(OidcAuth).purgeExpired();

      clock.advance(3_590);
      await purge();
      await expectOpen(app, accessOf(answer));
      expect(app.told.ended).toEqual([]);

      clock.advance(20);
      await expectShut(app, accessOf(answer), 'expired');
      await purge();
      expect(app.told.ended).toEqual([
        expect.objectContaining({ session: claimsOf(accessOf(answer)).sid, reason: 'expired' }),
      ]);
    });

    it('ends by log-out like any other', async () => {
      await boot();
      const bearer = accessOf(await logInAt(app, stub, granted));
      expect((await app.client.post('/auth/v2/logout', {}, { bearer })).status).toBe(200);
      await expectShut(app, bearer, 'session_ended');
      expect(app.told.ended).toEqual([expect.objectContaining({ reason: 'logout' })]);
    });
  });

  describe('a session with offline access', () => {
    it('lives as long as it is used within session.idle', async () => {
      await boot({ auth: { session: { idle: 1_000 } } });
      let answer = await logInAt(app, stub);
      refreshing();
      for (let round = 0; round < 5; round++) {
        expectAhead(answer.json.refresh_expires, 1_000);
        clock.advance(900);
        answer = await refresh(app, refreshOf(answer));
        expect(answer.status).toBe(200);
      }
      clock.advance(1_001);
      const before = stub.calls('token');
      expectWireError(await refresh(app, refreshOf(answer)), 400, 'invalid_grant');
      expect(app.told.refused.at(-1)).toMatchObject({ reason: 'session_ended' });
      expect(stub.calls('token')).toBe(before);
    });

    it('lives no longer than session.max, however much it is used', async () => {
      await boot({ auth: { session: { idle: 1_000, max: 2_500 } } });
      let answer = await logInAt(app, stub);
      refreshing();
      for (const left of [1_000, 700]) {
        clock.advance(900);
        answer = await refresh(app, refreshOf(answer));
        expectAhead(answer.json.refresh_expires, left);
      }
      expectAhead(answer.json.expires, 700);
      expect(answer.json.expires_in).toBeLessThanOrEqual(700);
      clock.advance(701);
      expectWireError(await refresh(app, refreshOf(answer)), 400, 'invalid_grant');
    });

    it('lives 30 days unused and 90 in all, if nothing else is said', async () => {
      await boot();
      let answer = await logInAt(app, stub);
      refreshing();
      for (const left of [30, 30, 10]) {
        expectAhead(answer.json.refresh_expires, 30 * day);
        clock.advance((left === 10 ? 22 : 29) * day);
        answer = await refresh(app, refreshOf(answer));
      }
      expectAhead(answer.json.refresh_expires, 10 * day);
    });
  });

  describe("the provider's refresh token", () => {
    it.each([
      [1_800, 1_800],
      ['1800', 1_800],
      [40 * day, 30 * day],
    ])('that expires in %p makes the session live %i s', async (refresh_expires_in, lives) => {
      await boot();
      const answer = await logInAt(app, stub, { others: { refresh_expires_in } });
      expectAhead(answer.json.refresh_expires, lives);
      clock.advance(lives + 1);
      expectWireError(await refresh(app, refreshOf(answer)), 400, 'invalid_grant');
    });

    it.each([0, '0', undefined, null, -5, 'soon', {}])(
      'that expires in %p leaves it to the lifetime of our own',
      async (refresh_expires_in) => {
        await boot({ auth: { session: { idle: 5_000 } } });
        const answer = await logInAt(app, stub, { others: { refresh_expires_in } });
        expectAhead(answer.json.refresh_expires, 5_000);
        refreshing({ refresh_expires_in });
        clock.advance(4_000);
        expectAhead((await refresh(app, refreshOf(answer))).json.refresh_expires, 5_000);
      },
    );

    it('that stays, because the provider does not rotate, expires when it said so', async () => {
      await boot();
      const answer = await logInAt(app, stub, { others: { refresh_expires_in: 1_800 } });
      refreshing({ refresh_token: undefined });
      clock.advance(800);
      expectAhead((await refresh(app, refreshOf(answer))).json.refresh_expires, 1_000);
    });

    it('that took its place, and of which nothing is said, leaves it to the lifetime of our own', async () => {
      await boot();
      const answer = await logInAt(app, stub, { others: { refresh_expires_in: 1_800 } });
      refreshing({ refresh_expires_in: undefined });
      clock.advance(800);
      expectAhead((await refresh(app, refreshOf(answer))).json.refresh_expires, 30 * day);
    });
  });

  describe('an access token', () => {
    it('lives broker.lifetimes.code after a log-in with a browser, and after each refresh', async () => {
      await boot({ broker: { lifetimes: { code: 120, device: 7_200 } } });
      const answer = await logInAt(app, stub);
      expect(answer.json.expires_in).toBe(120);
      expect((await refresh(app, refreshOf(answer))).json.expires_in).toBe(120);
      clock.advance(119);
      await expectOpen(app, accessOf(answer));
      clock.advance(10);
      await expectShut(app, accessOf(answer), 'expired');
    });

    it('lives broker.lifetimes.device, of 30 days at most, after one of a device', async () => {
      await boot({ broker: { lifetimes: { code: 120, device: 30 * day } } });
      const { json: device } = await app.client.post('/auth/v2/device');
      const answer = await app.client.post('/auth/v2/token', { device_code: String(device.device_code) });
      expect(answer.json.expires_in).toBe(30 * day);
      expect((await refresh(app, refreshOf(answer))).json.expires_in).toBe(30 * day);
    });

    it('of a device lives an hour, if nothing else is said', async () => {
      await boot();
      const { json: device } = await app.client.post('/auth/v2/device');
      const answer = await app.client.post('/auth/v2/token', { device_code: String(device.device_code) });
      expect(answer.json.expires_in).toBe(3_600);
    });
  });
});
