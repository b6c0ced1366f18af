import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { adapters } from '../../support/apps.js';
import { expectUncached, expectWireError } from '../../support/expect-wire.js';
import { claimsOf } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { loopbackTarget } from '../../support/wire-client.js';
import { begin, redeem } from '../../attacks/support/logins.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen, expectShut } from './support/expect-doors.js';
import { forgedLogouts } from './support/forged-logouts.js';
import { LOGOUT_EVENT, logoutToken, sendLogout } from './support/logout-tokens.js';
import { answerTokens, refresh, sessionAt } from './support/stub-logins.js';
import { UnreliableStore } from './support/unreliable-store.js';

const offlineScope = 'openid offline_access';
const now = () => Math.floor(Date.now() / 1000);

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider({ metadata: { userinfo_endpoint: undefined } });
});
afterAll(() => stub.close());

describe.each(adapters)('a back-channel logout on %s', (adapter) => {
  const unreliable = new UnreliableStore();
  let app: BrokerApp;
  let sid: string;
  let sub: string;
  beforeAll(async () => {
    app = await bootBroker(adapter, stub, { broker: { store: unreliable.store } });
  });
  afterEach(() => {
    unreliable.failing.clear();
    stub.restore();
  });
  afterAll(() => app.close());

  /** Names that no other test uses. */
  const anew = () => {
    sid = randomUUID();
    sub = randomUUID();
  };
  const sessionOf = (idToken: JWTPayload, scope = 'openid') =>
    sessionAt(app, stub, { idToken: { sub, ...idToken }, accessToken: 'opaque', others: { scope } });
  type Session = Awaited<ReturnType<typeof sessionOf>>;

  const logOut = async (claims: JWTPayload) => sendLogout(app, await logoutToken(stub, claims));
  const expectDone = async (claims: JWTPayload) => {
    const answer = await logOut(claims);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: {} });
    expectUncached(answer);
  };
  const expectEnded = async ({ access, refresh: token }: Session) => {
    await expectShut(app, access, 'session_ended');
    expectWireError(await refresh(app, token), 400, 'invalid_grant');
    expect(app.told.ended).toContainEqual(
      expect.objectContaining({ session: claimsOf(access).sid, reason: 'backchannel' }),
    );
  };
  const revoked = () => stub.requestsTo('revocation').map(({ form }) => form.get('token'));

  it("by sid ends this session at once, revokes the provider's refresh token, and ends no other", async () => {
    anew();
    const [meant, other] = [await sessionOf({ sid }), await sessionOf({ sid: randomUUID() })];
    const before = stub.calls('revocation');
    await expectDone({ sid });
    await expectEnded(meant);
    await expectOpen(app, other.access);
    expect(stub.calls('revocation')).toBe(before + 1);
  });

  it('by sid ends every session that shares it', async () => {
    anew();
    const sessions = [await sessionOf({ sid }), await sessionOf({ sid })];
    await expectDone({ sid, sub });
    for (const session of sessions) await expectEnded(session);
  });

  it('by sid with the sub of somebody else ends nothing', async () => {
    anew();
    const session = await sessionOf({ sid });
    await expectDone({ sid, sub: 'somebody else' });
    await expectOpen(app, session.access);
  });

  it("by sub ends all of this user's sessions, and nobody else's", async () => {
    anew();
    const mine = [await sessionOf({ sid }), await sessionOf({})];
    const theirs = await sessionOf({ sub: randomUUID() });
    await expectDone({ sub });
    for (const session of mine) await expectEnded(session);
    await expectOpen(app, theirs.access);
  });

  it('that names nobody known here is done', async () => {
    await expectDone({ sid: randomUUID() });
    await expectDone({ sub: randomUUID() });
  });

  it('leaves sessions with offline access', async () => {
    anew();
    const [online, offline] = [await sessionOf({ sid }), await sessionOf({ sid }, offlineScope)];
    await expectDone({ sid });
    await expectEnded(online);
    await expectOpen(app, offline.access);
  });

  it.each([
    ['an event of its own', { [LOGOUT_EVENT]: {}, revoke_offline_access: {} }],
    ["Keycloak's way", { [LOGOUT_EVENT]: {}, revoke_offline_access: true }],
    ['a member of the event', { [LOGOUT_EVENT]: { revoke_offline_access: true } }],
  ])('ends sessions with offline access if its events say so: %s', async (_, events) => {
    anew();
    const offline = await sessionOf({ sid }, offlineScope);
    await expectDone({ sid, events });
    await expectEnded(offline);
  });

  it('leaves them where revoke_offline_access is false', async () => {
    anew();
    const offline = await sessionOf({ sid }, offlineScope);
    await expectDone({ sid, events: { [LOGOUT_EVENT]: {}, revoke_offline_access: false } });
    await expectOpen(app, offline.access);
  });

  it('takes a logout token once', async () => {
    anew();
    const token = await logoutToken(stub, { sid });
    expect((await sendLogout(app, token)).status).toBe(200);
    expectWireError(await sendLogout(app, token), 400, 'invalid_request');
    expect(app.told.refused.at(-1)?.reason).toBe('logout_token_invalid');
  });

  it.each(forgedLogouts)('with %s is 400, and ends nothing', async (_, forge) => {
    anew();
    const session = await sessionOf({ sid });
    expectWireError(await sendLogout(app, await forge(stub, sid)), 400, 'invalid_request');
    expect(app.told.refused.at(-1)?.reason).toBe('logout_token_invalid');
    await expectOpen(app, session.access);
  });

  it.each([undefined, 'JWT', 'application/logout+jwt', 'Logout+JWT'])('may have the type %p', async (typ) => {
    anew();
    const session = await sessionOf({ sid });
    expect((await sendLogout(app, await logoutToken(stub, { sid }, { typ }))).status).toBe(200);
    await expectEnded(session);
  });

  it('without logout token is 400', async () => {
    expectWireError(await app.client.post('/auth/v2/backchannel-logout', {}), 400, 'invalid_request');
    const twice = await app.client.post('/auth/v2/backchannel-logout', [
      ['logout_token', 'one'],
      ['logout_token', 'two'],
    ]);
    expectWireError(twice, 400, 'invalid_request');
  });

  describe('that comes while a log-in is under way', () => {
    /** A browser has begun; the logout comes; then the code is redeemed. */
    const overtaken = async (logout: JWTPayload, idToken: JWTPayload) => {
      const { state, nonce } = await begin(app.client, loopbackTarget);
      await expectDone(logout);
      const provided = randomUUID();
      const others = { refresh_token: provided };
      answerTokens(stub, { idToken: { nonce, sub, ...idToken }, accessToken: 'opaque', others });
      return { answer: await redeem(app, state), provided };
    };

    it.each([
      ['sid', () => ({ sid })],
      ['sub', () => ({ sub })],
    ])('by %s refuses it, and revokes what the provider gave', async (_, named) => {
      anew();
      const { answer, provided } = await overtaken(named(), { sid, iat: now() - 5 });
      expectWireError(answer, 400, 'invalid_grant');
      expect(app.told.refused.at(-1)?.reason).toBe('session_ended');
      expect(revoked().filter((token) => token === provided).length).toBeGreaterThanOrEqual(1);
    });

    it('by sub lets the user log in again afterwards', async () => {
      anew();
      const { answer } = await overtaken({ sub, iat: now() - 20 }, { sid });
      expect(answer.status).toBe(200);
      await expectOpen(app, String(answer.json.access_token));
    });

    it('by sid lets another session of the same user begin', async () => {
      anew();
      const { answer } = await overtaken({ sid, sub }, { sid: randomUUID() });
      expect(answer.status).toBe(200);
    });
  });

  it.each(['noted', 'note', 'idsOf', 'read', 'end'] as const)(
    'is 503 while the verb %s of the store fails, and the same token works afterwards',
    async (verb) => {
      anew();
      const session = await sessionOf({ sid });
      const token = await logoutToken(stub, { sid });
      unreliable.failing.add(verb);
      const answer = await sendLogout(app, token);
      expectWireError(answer, 503, 'temporarily_unavailable');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      unreliable.failing.clear();
      expect((await sendLogout(app, token)).status).toBe(200);
      await expectEnded(session);
    },
  );

  it("is 503 while the provider's keys cannot be had: the provider has to send it again", async () => {
    const late = await bootBroker(adapter, stub);
    const token = await logoutToken(stub, { sid: randomUUID() });
    await stub.down();
    const answer = await sendLogout(late, token);
    await stub.up();
    await late.close();
    expectWireError(answer, 503, 'temporarily_unavailable');
  });
});

describe.each(adapters)('with endOfflineSessions a back-channel logout on %s', (adapter) => {
  let app: BrokerApp;
  beforeAll(async () => {
    app = await bootBroker(adapter, stub, { broker: { endOfflineSessions: true } });
  });
  afterAll(() => app.close());

  it('ends sessions with offline access, too', async () => {
    const sid = randomUUID();
    const { access } = await sessionAt(app, stub, { idToken: { sid }, others: { scope: offlineScope } });
    expect((await sendLogout(app, await logoutToken(stub, { sid }))).status).toBe(200);
    await expectShut(app, access, 'session_ended');
  });
});
